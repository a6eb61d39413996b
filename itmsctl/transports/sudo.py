"""Through sudo to another user: the password goes once, and only to a prompt that shows our own random marker.

A prompt without the marker may be anybody's (HE13).
"""

from __future__ import annotations

import time
from typing import Protocol

from itmsctl.errors import SudoNoPromptError, SudoRejectedError
from itmsctl.transports.endpoint import Endpoint
from itmsctl.transports.failures import shown
from itmsctl.transports.reader import Stream
from itmsctl.transports.reply import Framed
from itmsctl.values.lean import dataclass


class Talk(Stream, Protocol):
    """A program that can be answered."""

    def send(self, data: bytes, deadline: float) -> None:
        """Write to its standard input."""


@dataclass(frozen=True)
class Sudo:
    """One passage. `password` None means that sudo was told not to ask (`-n`)."""

    endpoint: Endpoint
    user: str
    prompt: str
    password: str | None

    def pass_through(self, talk: Talk, out: Framed, err: Framed, deadline: float) -> None:
        """Reply to the prompt until the wrapper says READY.

        Raises SudoNoPromptError where nobody asked with the marker, SudoRejectedError where sudo said no.
        """
        asked, mark = False, self.prompt.encode("ascii")
        while not out.lines:
            data, errors = talk.read(max(0.0, min(1.0, deadline - time.monotonic())))
            out.feed(data)
            err.feed(errors)
            prompts = err.seen(mark) + out.seen(mark)
            if prompts > 1:
                raise self._rejected("sudo asked again: the password is wrong", err)
            if prompts == 1 and not asked:
                asked = True
                talk.send(f"{self.password or ''}\n".encode("utf-8", "surrogateescape"), deadline)
            elif not (data or errors) and not out.lines:
                if talk.at_end() or not talk.is_alive():
                    raise self._ended(asked, err, out)
                if time.monotonic() >= deadline:
                    raise self._ended(asked, err, out)

    def _ended(self, asked: bool, err: Framed, out: Framed) -> Exception:
        if asked or self.password is None:
            return self._rejected("sudo did not let the user through", err)
        said = err.unread() or out.unread()
        return SudoNoPromptError(
            f"sudo on {shown(self.endpoint.name)} did not ask for the password as it was told to; nothing was sent",
            why=f"it said: {shown(said) or 'nothing'}",
            hint="check that sudo is installed there and that the login shell prints no prompt of its own",
        )

    def _rejected(self, what: str, err: Framed) -> SudoRejectedError:
        said = err.unread().replace(self.prompt.encode("ascii"), b"")
        return SudoRejectedError(
            f"{shown(self.endpoint.user)} may not become {shown(self.user)} on {shown(self.endpoint.name)}: {what}",
            why=f"it said: {shown(said)}" if said.strip() else "",
            hint="check the sudo password of the connection profile and the sudoers rule of that user",
        )
