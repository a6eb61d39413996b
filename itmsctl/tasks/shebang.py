"""The `#!` line of a script: who is to run it where nobody says so, and with which options."""

from __future__ import annotations

import re
from pathlib import PurePosixPath

from itmsctl.errors import InputError
from itmsctl.values.untrusted import term

BOM = "\ufeff"
_NAMES = re.compile(r"(?P<sh>sh)|(?P<bash>bash)|(?P<python>python(?:3(?:\.[0-9]+)?)?)")


def named_interpreter(body: str) -> str | None:
    """Return the interpreter that the first line of a text names; None where it names none.

    Raises InputError for one that tasks do not know: another would run its lines as commands of its own.
    """
    words = _words(body)
    if not words:
        return None
    found = _NAMES.fullmatch(PurePosixPath(words[0]).name)
    if found is None:
        line = term(body.removeprefix(BOM).split("\n", 1)[0].strip(), keep_newlines=False)
        raise InputError(
            f"the script's first line names an interpreter that tasks do not know: {line[:120]}",
            why="sh would take its lines for commands",
            hint="tasks run sh, bash and python; --interpreter NAME runs it by that one all the same",
        )
    return found.lastgroup


def options_for(body: str, interpreter: str) -> tuple[str, ...]:
    """Return the options of the first line (`-e`) where it names this very interpreter."""
    words = _words(body)
    found = _NAMES.fullmatch(PurePosixPath(words[0]).name) if words else None
    return tuple(words[1:]) if found is not None and found.lastgroup == interpreter else ()


def _words(body: str) -> list[str]:
    """Return the interpreter and its options, without `env` before them."""
    line = body.removeprefix(BOM).split("\n", 1)[0]
    if not line.startswith("#!"):
        return []
    words = line[2:].split()
    if words and PurePosixPath(words[0]).name == "env":
        words = words[2:] if words[1:2] == ["-S"] else words[1:]
        return words or ["env"]
    return words
