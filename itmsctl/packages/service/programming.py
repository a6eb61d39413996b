"""The programs of a package: shown, and changed one by one (PKG-22, SW-27)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from itmsctl.cmdb.doc import Doc, Outcome
from itmsctl.cmdb.work import Reader, UnitOfWork
from itmsctl.errors import NotFoundError
from itmsctl.packages.kinds import IF_ASKED
from itmsctl.packages.manifest import ANY, LIMIT_S, SYSTEMS
from itmsctl.packages.rows import revisions
from itmsctl.packages.service.packages import PACKAGES
from itmsctl.values.names import near_or_all


def listed(reader: Reader, name: str, which: str | None) -> list[dict[str, Any]]:
    """Return a row for each command line of a package, or of one of its programs. Raises NotFoundError."""
    doc = PACKAGES.get(reader, name)
    programs = doc.fields["programs"] if which is None else [_one(doc, which)]
    return [
        {
            "package": doc.name,
            "program": one["name"],
            "system": system,
            "command": one[system],
            "codes": one.get("codes", {}),
            "run_as": one.get("run_as"),
            "reboot": one.get("reboot", IF_ASKED),
            "limit_s": one.get("limit", LIMIT_S),
        }
        for one in programs
        for system in (*SYSTEMS, ANY)
        if system in one
    ]


def change(unit: UnitOfWork, name: str, which: str, parts: Mapping[str, Any]) -> Outcome:
    """Change parts of a program, or add it. Raises NotFoundError for the package, FieldError."""
    doc = PACKAGES.get(unit, name)
    programs = [dict(one) for one in doc.fields["programs"]]
    here = next((one for one in programs if one["name"] == which), None)
    if here is None:
        programs.append({"name": which, **parts})
    else:
        here.update(parts)
    return PACKAGES.set(unit, name, {"programs": programs})


def remove(unit: UnitOfWork, name: str, which: str) -> Outcome:
    """Take a program away. Raises NotFoundError."""
    doc = PACKAGES.get(unit, name)
    gone = _one(doc, which)
    return PACKAGES.set(unit, name, {"programs": [one for one in doc.fields["programs"] if one is not gone]})


def take_proposed(unit: UnitOfWork, name: str, which: str | None) -> Outcome:
    """Take the programs that the last import proposed: all of them, or one. Raises NotFoundError where it did not."""
    doc = PACKAGES.get(unit, name)
    mine = sa.and_(revisions.c.package_id == doc.id, revisions.c.proposed.is_not(None))
    last = sa.select(revisions.c.proposed).where(mine).order_by(revisions.c.number.desc()).limit(1)
    found = [one for one in (unit.scalar(last) or {}).get("programs", ()) if which in (None, one["name"])]
    if not found:
        what = "nothing" if which is None else f"no `{which}`"
        raise NotFoundError(
            f"{what} was proposed for package `{doc.name}`", hint="itmsctl package program NAME install --linux COMMAND"
        )
    new = {one["name"] for one in found}
    return PACKAGES.set(
        unit, name, {"programs": [*found, *(o for o in doc.fields["programs"] if o["name"] not in new)]}
    )


def _one(doc: Doc, which: str) -> Mapping[str, Any]:
    found: Mapping[str, Any] | None = next((one for one in doc.fields["programs"] if one["name"] == which), None)
    if found is None:
        known = [one["name"] for one in doc.fields["programs"]]
        raise NotFoundError(f"package `{doc.name}` has no program `{which}`", hint=near_or_all(which, known))
    return found
