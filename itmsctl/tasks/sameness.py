"""What of a message is the same for many computers: all but the names, addresses and numbers of one of them."""

from __future__ import annotations

import re

from itmsctl.tasks.results import ComputerResult

# Addresses, fingerprints, guids and any other number: what one computer has, and no other.
_OWN = re.compile(
    r"SHA256:[A-Za-z0-9+/]+|[0-9a-fA-F]{8}-[0-9a-fA-F-]{27}|\[[0-9a-fA-F:.%\w]+\]|[0-9a-fA-F]*:[0-9a-fA-F.%\w]*:[0-9a-fA-F:]*"
    r"|[0-9]+(\.[0-9]+)*"
)


def without_names(message: str, result: ComputerResult) -> str:
    """Return a message of the program without what names this one computer."""
    whole_word = rf"(?<![\w.-]){re.escape(result.computer)}(?![\w-])"
    return _OWN.sub("0", re.sub(whole_word, "\0", message))


def reason_of(result: ComputerResult) -> tuple[str, str, str, str]:
    """Return why a computer did not succeed: state, reason, and a text, as it is grouped and as it is shown.

    What a command printed is grouped as it stands.
    """
    state, reason = str(result.state), result.reason or ""
    if not reason and result.exit_status:
        reason = f"exit status {result.exit_status}"
    if result.message:
        return state, reason, without_names(result.message, result), result.message
    line = result.streams.first_line()
    return state, reason, line, line
