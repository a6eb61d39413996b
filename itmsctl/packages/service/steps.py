"""Who imported and who approved what a package is now: as the audit says it, which nobody changes unseen."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import sqlalchemy as sa

from itmsctl.cmdb.doc import Doc, Outcome
from itmsctl.cmdb.rows import change_sets, changes
from itmsctl.cmdb.several import named
from itmsctl.cmdb.work import Reader, UnitOfWork
from itmsctl.errors import (
    ApprovalStaleError,
    InputError,
    NotApprovedError,
    SecondApproverError,
)
from itmsctl.packages.kinds import APPROVED, AWAITED, IMPORTED, PACKAGE, PUBLISHED
from itmsctl.packages.service.packages import PACKAGES
from itmsctl.packages.trust.metadata import OFF, PEOPLE
from itmsctl.security.service import trusted
from itmsctl.values.untrusted import shell_arg

_LOOKED_AT = 500  # changes of one package


@dataclass(frozen=True, slots=True)
class TakenSteps:
    """Who took the steps of the present content of a package; None where the audit does not say, or nobody did."""

    imported_by: str | None = None
    approved_by: str | None = None
    approved_before: int | None = None  # the last revision that somebody approved

    def as_dict(self, publisher: str) -> dict[str, str]:
        """Return what the catalogue keeps of them."""
        return {
            "imported_by": self.imported_by or "unknown",
            "approved_by": self.approved_by or publisher,
            "published_by": publisher,
        }


def steps_of(reader: Reader, doc: Doc) -> TakenSteps:
    """Return who took the steps of a package. Raises AuditDiffersError where it was changed past the program."""
    trusted.refuse(reader, PACKAGES, doc)
    statement = (
        sa.select(change_sets.c.actor, changes.c.before, changes.c.after)
        .join_from(changes, change_sets, change_sets.c.id == changes.c.change_set)
        .where(changes.c.kind == PACKAGE.name, changes.c.guid == doc.guid)
        .order_by(change_sets.c.seq.desc(), changes.c.ord.desc())
        .limit(_LOOKED_AT)
    )
    imported = approved = earlier = None
    for actor, before, after in reader.connection.execute(statement):
        old, new = _said(before), _said(after)
        mine = new.get("content_revision") == doc.fields["content_revision"]
        let_through = new.get("state") == APPROVED and old.get("state") != APPROVED
        if mine and let_through and approved is None:
            approved = actor
        if let_through and not mine and earlier is None:
            earlier = new.get("content_revision")
        if mine and imported is None and old.get("manifest") != new.get("manifest"):
            imported = actor
    return TakenSteps(imported, approved if doc.fields["state"] != IMPORTED else None, earlier)


def approve(unit: UnitOfWork, names: Sequence[str], actor: str, approval: str) -> list[Outcome]:
    """Approve packages as they are now: all or none.

    Raises NotFoundError, InputError for one without content, SecondApproverError.
    """
    outcomes = []
    for doc in named(unit, PACKAGES, names):
        refuse_empty(doc)
        if doc.fields["state"] in {APPROVED, PUBLISHED}:
            outcomes.append(Outcome("unchanged", doc, doc))
            continue
        if approval == PEOPLE:
            _refuse_same(doc, steps_of(unit, doc), actor, "approve")
        outcomes.append(replace(PACKAGES.set(unit, doc.guid, {"state": APPROVED}), action=APPROVED))
    return outcomes


def publishable(reader: Reader, doc: Doc, actor: str, approval: str) -> TakenSteps:
    """Return who took the steps of a package that may be published by somebody now.

    Raises NotApprovedError, ApprovalStaleError, SecondApproverError.
    """
    steps = steps_of(reader, doc)
    if approval == OFF:
        return steps
    if doc.fields["state"] == IMPORTED:
        raise _unapproved(doc, steps)
    if approval == PEOPLE:
        _refuse_same(doc, steps, actor, "publish")
    return steps


def refuse_empty(doc: Doc) -> None:
    """Raise InputError for a package without content, and for one whose content is still to come."""
    refuse_declared(doc)
    if doc.fields["state"] == AWAITED:
        hint = f"itmsctl package fetch {shell_arg(doc.name)}"
        raise InputError(f"the content of package `{doc.name}` is not here yet", hint=hint)


def refuse_declared(doc: Doc) -> None:
    """Raise InputError for a package that was declared, and for which nothing was imported."""
    if doc.fields["manifest"] is None:
        raise InputError(
            f"package `{doc.name}` has no content", hint=f"itmsctl package import FILE --name {shell_arg(doc.name)}"
        )


def _refuse_same(doc: Doc, steps: TakenSteps, actor: str, verb: str) -> None:
    what = {"approve": "approved", "publish": "published"}[verb]
    if steps.imported_by is None:
        raise SecondApproverError(
            f"nobody knows who imported package `{doc.name}`: it is not {what}",
            why="its part of the audit was purged",
            hint="import it again: itmsctl package import FILE",
        )
    if steps.imported_by == actor:
        raise SecondApproverError(
            f"package `{doc.name}` has to be {what} by somebody else than {actor}, who imported it",
            why="the catalogue asks for two people (approval: people)",
            hint=f"another user: itmsctl package {verb} {shell_arg(doc.name)}",
            details={"package": doc.name, "imported_by": actor},
        )


def _unapproved(doc: Doc, steps: TakenSteps) -> NotApprovedError | ApprovalStaleError:
    hint = f"itmsctl package approve {shell_arg(doc.name)}"
    number = doc.fields["content_revision"]
    if steps.approved_before is not None:
        return ApprovalStaleError(
            f"package `{doc.name}` was changed after it was approved",
            why=f"revision {steps.approved_before} was approved, this is revision {number}",
            hint=hint,
            details={"package": doc.name, "approved": steps.approved_before, "revision": number},
        )
    return NotApprovedError(f"package `{doc.name}` is not approved", why=f"revision {number} is {IMPORTED}", hint=hint)


def _said(text: str | None) -> dict[str, Any]:
    return {} if text is None else dict(json.loads(text))
