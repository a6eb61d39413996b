"""Transformations of cells, as a mapping names them: `short|lower`, `date:%d.%m.%Y`. Each makes texts of texts.

A step that cannot be done says so with the text that it was given; nothing is guessed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from itmsctl.errors import InputError
from itmsctl.values.addresses import is_address
from itmsctl.values.names import near_or_all

Texts = Sequence[str]

_SERIAL_DATE = re.compile(r"\d{5}(\.\d+)?")  # how a spreadsheet writes a date whose cell has no form
_SPREADSHEET_EPOCH = datetime(1899, 12, 30)  # noqa: DTZ001 - a date of a calendar on the wall
_FIRST, _LAST = 15_000, 80_000  # 1941 to 2119
_RDN = re.compile(r"\s*[A-Za-z][\w-]*\s*=\s*((?:[^,\\]|\\.)*)")
_ESCAPED = re.compile(r"\\(.)")


@dataclass(frozen=True)
class CellStep:
    """One transformation: its name, and what stands behind the colon."""

    name: str
    said: str = ""

    def apply(self, texts: Texts) -> list[str]:
        """Return what becomes of the texts of a cell; raises InputError."""
        return _STEPS[self.name](texts, self.said)


def parse_steps(text: str) -> tuple[CellStep, ...]:
    """Read transformations with `|` between them; raises InputError."""
    return tuple(_step(part.strip()) for part in text.split("|") if part.strip())


def _step(text: str) -> CellStep:
    name, colon, said = text.partition(":")
    name = name.strip().casefold()
    if name not in _STEPS:
        raise InputError(f"there is no transformation `{name[:40]}`", hint=near_or_all(name, tuple(_STEPS)))
    if name in _WITH_TEXT and not said:
        raise InputError(f"`{name}` needs a text behind it", hint=f"such as {name}:{_WITH_TEXT[name]}")
    if colon and name not in _WITH_TEXT and name != "date":
        raise InputError(f"`{name}` takes nothing behind a colon")
    return CellStep(name, said)


def _each(change: Callable[[str], str]) -> Callable[[Texts, str], list[str]]:
    return lambda texts, _: [change(text) for text in texts]


def _short(text: str) -> str:
    """Return the host of a full name; an address stays whole."""
    return text if is_address(text) else text.partition(".")[0]


def _rdn(text: str) -> str:
    """Return the first value of a distinguished name; a text that is none stays."""
    found = _RDN.match(text)
    return _ESCAPED.sub(r"\1", found[1]).strip() if found else text


def _before(texts: Texts, said: str) -> list[str]:
    return [text.partition(said)[0].strip() for text in texts]


def _after(texts: Texts, said: str) -> list[str]:
    return [(text.partition(said)[2] if said in text else text).strip() for text in texts]


def _split(texts: Texts, said: str) -> list[str]:
    return [part.strip() for text in texts for part in text.split(said) if part.strip()]


def _date(texts: Texts, said: str) -> list[str]:
    return [_day(text, said) for text in texts]


def _day(text: str, form: str) -> str:
    """Return a date as 2026-11-30, with the time of day where it says one."""
    if _SERIAL_DATE.fullmatch(text) and _FIRST <= float(text) <= _LAST:
        found = _SPREADSHEET_EPOCH + timedelta(days=float(text))
    else:
        found = _parsed(text, [*(one.strip() for one in form.split(",") if one.strip()), ""])
    midnight = (found.hour, found.minute, found.second) == (0, 0, 0)
    return found.date().isoformat() if midnight else found.replace(microsecond=0).isoformat()


def _parsed(text: str, forms: Sequence[str]) -> datetime:
    for form in forms:
        try:
            return datetime.strptime(text, form) if form else datetime.fromisoformat(text)  # noqa: DTZ007 - as above
        except ValueError:
            continue
    asked = f"of the form {forms[0]}" if forms[0] else "such as 2026-11-30"
    raise InputError(f"`{text[:40]}` is not a date {asked}", hint="say its form, or several: date:%d.%m.%Y,%d.%m.%y")


_STEPS: dict[str, Callable[[Texts, str], list[str]]] = {
    "trim": _each(lambda text: " ".join(text.split())),
    "upper": _each(str.upper),
    "lower": _each(str.lower),
    "title": _each(str.title),
    "short": _each(_short),
    "rdn": _each(_rdn),
    "first": lambda texts, _: list(texts[:1]),
    "before": _before,
    "after": _after,
    "split": _split,
    "date": _date,
}
_WITH_TEXT = {"before": "/", "after": "\\", "split": ","}
