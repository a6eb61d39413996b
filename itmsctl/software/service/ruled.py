"""Software with its rules, and how far it was judged by them. Its rules are its own, else those of its package."""

from __future__ import annotations

from typing import Any, NamedTuple

from itmsctl.cmdb.work import Reader
from itmsctl.errors import InputError
from itmsctl.software.rows import software
from itmsctl.software.rules import SoftwareRules, rules_of
from itmsctl.software.ruletexts import unreadable
from itmsctl.software.service.rule_rows import is_old, rule_texts


class JudgedSoftware(NamedTuple):
    """Software with its rules; none where they can no longer be read, and then why.

    `after` is the id of the computer behind which it must be judged on all, by these rules; None where on no more.
    """

    id: int
    name: str
    rules: SoftwareRules | None
    why: str
    digest: str
    judged_by: str | None
    after: int | None


def resources_with_rules(reader: Reader) -> list[JudgedSoftware]:
    """Return all software that is managed with its rules."""
    found = []
    for row in reader.connection.execute(rule_texts().order_by(software.c.id)):
        rules, why, digest = None, "", unreadable(row.detect, row.applies)
        try:
            rules = rules_of(row.detect, row.applies)
            digest = rules.digest
        except InputError as error:
            why = error.message
        found.append(JudgedSoftware(row.id, row.name, rules, why, digest, row.judged_by, _after(reader, row, digest)))
    return found


def classes_asked(reader: Reader) -> frozenset[str]:
    """Return the data classes that rules of software read (hook)."""
    return frozenset().union(*(one.rules.classes for one in resources_with_rules(reader) if one.rules))


def _after(reader: Reader, row: Any, digest: str) -> int | None:
    if row.coming == digest:
        return int(row.after_id or 0)
    return 0 if row.coming is not None or row.judged_by != digest or is_old(reader, row) else None
