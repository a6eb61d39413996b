"""Values that people type for parameters and arguments: what each type takes, and how it is written."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

from itmsctl.errors import InputError
from itmsctl.values.kind import Type
from itmsctl.values.lean import dataclass
from itmsctl.values.names import did_you_mean, near_or_all
from itmsctl.values.times import moment
from itmsctl.values.types import meaning

PARAMETER_TYPES = ("text", "int", "real", "bool", "list", "choice")
"""What a parameter of a task may be; arguments of kinds and parameters of reports know some more."""

_ANY = datetime(2000, 1, 1, tzinfo=UTC)
_TEMPLATE = re.compile(r"\{[{%]")
_CHOICE = re.compile(r"choice\(([^()]*)\)")
_ABSOLUTE = re.compile(r"/|[A-Za-z]:[\\/]")
_SIZE = re.compile(r"([0-9]+)\s*([kmg]?)i?b?", re.IGNORECASE)


def is_template(text: str) -> bool:
    """Return whether an operator's text is to be filled in for each computer."""
    return _TEMPLATE.search(text) is not None


@dataclass(frozen=True)
class ValueType:
    """A type by its word; `choices` are those of `choice(a,b)`."""

    word: str = "text"
    choices: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"choice({','.join(self.choices)})" if self.word == "choice" else self.word

    def written(self, given: str | Sequence[str], what: str) -> str:
        """Return the one form in which a value of this type is written; `what` names it in the error.

        A list ends each member with a line feed: that is how a script gets it. Raises InputError.
        """
        if not isinstance(given, str):
            if self.word != "list":
                raise InputError(f"{what} is one value, not a list", hint=f"it is declared as {self}")
            given = "".join(f"{member}\n" for member in self._members(given, what))
        if "\0" in given:
            raise InputError(f"{what} holds a NUL character, which no process can be given")
        try:
            return _WRITTEN[self.word](self, given)
        except InputError as error:
            raise InputError(f"{what}: {error.message}", hint=error.hint) from None
        except ValueError:
            hint = _HINTS.get(self.word, "")
            raise InputError(f"{what}: `{given[:80]}` is not a valid {self.word}", hint=hint) from None

    def value(self, text: str) -> Any:
        """Return what a written value means: a number, a truth, members, seconds, bytes.

        A time stays text: `values.times.moment` needs the present. Raises InputError.
        """
        written = self.written(text, "the value")
        return _VALUES.get(self.word, str)(written)

    @staticmethod
    def _members(given: Sequence[str], what: str) -> Sequence[str]:
        for member in given:
            if not isinstance(member, str) or "\n" in member:
                raise InputError(f"{what} holds a member that is not one line of text")
        return given


def type_of(text: str, known: Sequence[str] | None = None) -> ValueType:
    """Read a type: `int`, `choice(a,b)`. Raises InputError for one that is not among `known`."""
    words = PARAMETER_TYPES if known is None else known
    choice = _CHOICE.fullmatch(text.strip())
    if choice is not None and "choice" in words:
        choices = tuple(part.strip() for part in choice[1].split(",") if part.strip())
        if choices:
            return ValueType("choice", choices)
    elif text in words and text != "choice":
        return ValueType(text)
    hint = did_you_mean(text, words) or "one of " + ", ".join("choice(a,b)" if w == "choice" else w for w in words)
    raise InputError(f"`{text}` is not a type", hint=hint)


def _checked(kind: ValueType, text: str) -> str:
    meaning(Type(kind.word)).value(text)
    return text.strip()


def _list(_: ValueType, text: str) -> str:
    parts = text.split("\n") if "\n" in text else [part.strip() for part in text.split(",")]
    return "".join(f"{part}\n" for part in parts if part)


def _choice(kind: ValueType, text: str) -> str:
    if text not in kind.choices:
        hint = near_or_all(text, kind.choices)
        raise InputError(f"`{text}` is none of its choices", hint=hint)
    return text


def _time(_: ValueType, text: str) -> str:
    moment(text, _ANY)
    return text.strip()


def _size(_: ValueType, text: str) -> str:
    _bytes(text)
    return text.strip()


def _bytes(text: str) -> int:
    found = _SIZE.fullmatch(text.strip())
    if found is None:
        raise ValueError(text)
    return int(found[1]) << {"": 0, "k": 10, "m": 20, "g": 30}[found[2].lower()]


def _mode(_: ValueType, text: str) -> str:
    if not re.fullmatch(r"0?[0-7]{3,4}", text):
        raise ValueError(text)
    return f"{int(text, 8):04o}"


def _path(_: ValueType, text: str) -> str:
    if not _ABSOLUTE.match(text) or "\n" in text:
        hint = "it begins with /, or on Windows with a drive: C:\\"
        raise InputError(f"`{text}` is not an absolute path of the computer", hint=hint)
    return text


def _local(_: ValueType, text: str) -> str:
    if not text.strip():
        raise InputError("it is empty: a path of this machine is expected")
    return text


_WRITTEN: dict[str, Callable[[ValueType, str], str]] = {
    "text": lambda _, text: text,
    "int": lambda _, text: str(meaning(Type.INT).value(text)),
    "real": _checked,
    "bool": lambda _, text: "true" if meaning(Type.BOOL).value(text) else "false",
    "list": _list,
    "choice": _choice,
    "duration": _checked,
    "time": _time,
    "size": _size,
    "mode": _mode,
    "path": _path,
    "local": _local,
}
_VALUES: dict[str, Callable[[str], Any]] = {
    **{type_.value: meaning(type_).read for type_ in (Type.INT, Type.REAL, Type.BOOL, Type.DURATION)},
    "list": lambda text: tuple(part for part in text.split("\n") if part),
    "size": _bytes,
    "mode": lambda text: int(text, 8),
}
_HINTS = {
    "size": "bytes, such as 65536, 64K or 16M",
    "mode": "octal digits, such as 0644",
}
TYPES = tuple(_WRITTEN)
