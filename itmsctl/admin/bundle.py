"""What may stand in a support bundle, and in which words: numbers, kinds and states, never what people wrote.

Free text is where secrets hide: command lines, reasons, bodies, messages of exceptions. None of it goes in; names of
computers, sites and people only where they are asked for.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field

FORMAT = 1
LEFT_OUT = (
    "credentials, keys, the vault",
    "what commands printed, texts of tasks, parameters and arguments",
    "command lines, reasons, values of the environment",
    "messages of errors; of incidents only where they happened",
)
_FRAME = re.compile(r'^  File "([^"]*)", line (\d+), in ([A-Za-z_][A-Za-z0-9_]*|<[a-z]+>)$')
_KIND = re.compile(r"^([A-Za-z0-9_.]*(?:Error|Exception|Interrupt|Exit|Warning))(?::|$)")
_PACKAGE = re.compile(r".*/(?:site-packages|lib/python[0-9.]+)/|.*/(?=itmsctl/)")


@dataclass
class ShownNames:
    """Names as they are shown: real ones, or `site-1`, the same one for the same object all over a bundle."""

    real: bool
    given: dict[tuple[str, str], str] = field(default_factory=dict)

    def __call__(self, kind: str, name: str | None) -> str | None:
        """Return what stands for a name."""
        if name is None or self.real:
            return name
        number = 1 + sum(known == kind for known, _ in self.given)
        return self.given.setdefault((kind, name), f"{kind}-{number}")


def verb_of(command: str, groups: Collection[str], verbs: Callable[[str], Collection[str]]) -> str:
    """Return group and verb of a command line, and nothing of what follows: `task run`; "" where there is no group.

    `verbs` answers those of a group: a word that is none may be anything.
    """
    words = command.split()
    at = next((n for n, word in enumerate(words[1:], 1) if word in groups), None)
    if at is None:
        return ""
    verb = words[at + 1] if at + 1 < len(words) else ""
    return f"{words[at]} {verb}" if verb in verbs(words[at]) else words[at]


def stack_of(report: str) -> list[str]:
    """Return the places and kinds of errors of an incident report: no message, no value, no line of code."""
    found = []
    for line in report.splitlines():
        frame, kind = _FRAME.match(line), _KIND.match(line)
        if frame is not None:
            found.append(f"{_PACKAGE.sub('', frame[1])}:{frame[2]} {frame[3]}")
        elif kind is not None:
            found.append(kind[1])
    return found


def without_home(text: str, homes: Iterable[str]) -> str:
    """Return a path or sentence with `~` for the home folder, which tells who somebody is."""
    for home in homes:
        if len(home) > 1:
            text = text.replace(home, "~")
    return text
