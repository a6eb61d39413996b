"""EXCEPTIONS: the shelf of findings that are lived with until a day; each change is in the audit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from itmsctl.cmdb.doc import Doc
from itmsctl.cmdb.shelf import Shelf
from itmsctl.cmdb.work import Reader, UnitOfWork
from itmsctl.errors import FieldError, UsageError
from itmsctl.sites.lints import IDS
from itmsctl.sizing.exceptions import Exempted, split
from itmsctl.sizing.kinds import EXCEPTION
from itmsctl.sizing.rulebook import rules
from itmsctl.values.names import did_you_mean
from itmsctl.values.naming import naming
from itmsctl.values.times import last_day


class Exceptions(Shelf):
    """All exceptions."""

    def name_of(self, text: str) -> str:
        """Return `ID` or `ID:OBJECT`, the id as its rule writes it. Raises FieldError for a finding that is none."""
        finding, about = split(text)
        known = [*(rule.id for rule in rules()), *IDS]
        written = next((one for one in known if one.casefold() == finding.casefold()), None)
        if written is None:
            raise FieldError(f"no finding `{finding}`", hint=did_you_mean(finding, known) or "itmsctl sizing rules")
        return super().name_of(f"{written}:{about}" if about else written)

    def check(self, reader: Reader, name: str, fields: Mapping[str, Any]) -> dict[str, Any]:  # noqa: ARG002 - the shelf's
        """Return the fields with the day in its one form. Raises FieldError."""
        checked = dict(fields)
        if checked.get("until"):
            with naming("until"):
                checked["until"] = last_day(str(checked["until"])).isoformat()
        for field in ("until", "why"):
            if field in checked and not checked[field]:
                raise FieldError(f"an exception needs `{field}`", hint="--until 2026-12-31 --reason TEXT").about(field)
        return checked


EXCEPTIONS = Exceptions(EXCEPTION)


@dataclass(frozen=True)
class ExceptionWish:
    """What is to be ignored from now on, until when and why; and what no longer."""

    ignore: Sequence[str] = ()
    unignore: Sequence[str] = ()
    until: str | None = None
    why: str = ""

    @property
    def given(self) -> bool:
        """Return whether anything is wished."""
        return bool(self.ignore or self.unignore)

    def checked(self) -> ExceptionWish:
        """Return the wish; raises UsageError where parts of it are missing."""
        if self.ignore and not (self.until and self.why):
            raise UsageError("--ignore needs --until DATE and --reason TEXT", hint="nothing is ignored for ever")
        if self.until and not self.ignore:
            raise UsageError("--until goes with --ignore", hint="--ignore ID[:OBJECT] --until DATE --reason TEXT")
        return self


def change(unit: UnitOfWork, wish: ExceptionWish) -> list[Exempted]:
    """Store and remove exceptions; return all that are there then. One that is there already is changed."""
    for text in wish.unignore:
        EXCEPTIONS.remove(unit, text)
    for text in wish.ignore:
        fields = {"until": wish.until, "why": wish.why}
        if EXCEPTIONS.find(unit, text) is None:
            EXCEPTIONS.add(unit, text, fields)
        else:
            EXCEPTIONS.set(unit, text, fields)
    return standing(unit)


def standing(reader: Reader) -> list[Exempted]:
    """Return all exceptions, by name."""
    return [_exempted(doc) for doc in EXCEPTIONS.list(reader)]


def listed(reader: Reader) -> list[dict[str, Any]]:
    """Return all exceptions as people see them: with their state today."""
    today = reader.now.date()
    states = {True: "expired", False: "in use"}
    return [doc.as_dict() | {"state": states[_exempted(doc).until < today]} for doc in EXCEPTIONS.list(reader)]


def _exempted(doc: Doc) -> Exempted:
    finding, about = split(doc.name)
    return Exempted(finding, about, date.fromisoformat(doc.fields["until"]), doc.fields["why"])
