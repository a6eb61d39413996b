"""INVENTORY_POLICIES: the shelf of inventory policies (INV-12 to INV-16), driven as policies are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from itmsctl.cmdb.doc import Doc
from itmsctl.cmdb.work import Reader, UnitOfWork
from itmsctl.inventory import wanted
from itmsctl.inventory.kinds import FULL, INVENTORY_POLICY, TIME_CRITICAL
from itmsctl.inventory.service import claims
from itmsctl.inventory.service.classes import classes_in
from itmsctl.policies.rows import occurrences
from itmsctl.policies.service.gathering import GatheringPolicies
from itmsctl.targeting.selector import EVERYTHING


class InventoryPolicies(GatheringPolicies):
    """All inventory policies. Who is new to one, or to what it collects, is inventoried as soon as possible."""

    task_kind = "inventory"
    defaults: Mapping[str, Any] = {"mode": FULL, "target": EVERYTHING}

    # --- what the tick asks -----------------------------------------------------------------------------------------

    def members(self, reader: Reader, doc: Doc) -> frozenset[int]:
        """Return whom it runs on: its target, of which not all may have the server pack, or follow it."""
        return claims.of(reader, doc, super().members(reader, doc)).mine

    # --- what the shelf asks ----------------------------------------------------------------------------------------

    def check(self, reader: Reader, name: str, fields: Mapping[str, Any]) -> dict[str, Any]:
        """Check what can be judged by itself. Raises InputError."""
        found = super().check(reader, name, fields)
        wanted.checked_nice(found.get("nice"))
        return found | wanted.checked_names(found, tuple(classes_in(reader))) | wanted.checked_scan(found)

    def arguments_of(self, fields: Mapping[str, Any]) -> dict[str, str]:
        """Return the arguments of the task that collects what a policy says."""
        return wanted.arguments_of(fields)

    def check_whole(self, reader: Reader, doc: Doc) -> None:
        """Raise where its fields do not fit together. What it reaches computers by may be said later."""
        wanted.refuse_flux(doc.fields)
        wanted.refuse_nothing(doc.fields)
        super().check_whole(reader, doc)

    def hears_again(self, unit: UnitOfWork, before: Doc, doc: Doc) -> bool:
        """Return whether everybody is run on again, because something else is collected (INV-16).

        Of a time-critical policy only where it was not processed within half an hour before (INV-31).
        """
        if all(before.fields[name] == doc.fields[name] for name in wanted.CONTENT):
            return False
        if doc.fields["mode"] != TIME_CRITICAL or before.fields["mode"] != TIME_CRITICAL:
            return True
        last = unit.scalar(
            sa.select(sa.func.max(occurrences.c.decided_at)).where(
                occurrences.c.policy_id == doc.id, occurrences.c.state == "started"
            )
        )
        if last is None or unit.now - last > wanted.AGAIN_AFTER:
            return True
        unit.tell(f"{doc.name}: it ran less than 30 minutes ago: the change counts from its next time (INV-31)")
        return False

    def remarks(self, reader: Reader, doc: Doc) -> Sequence[str]:
        """Return what should be heard of it: its schedule, that it reaches nobody, that another one goes first."""
        return (*super().remarks(reader, doc), *claims.remarks(reader, doc)) if doc.fields["enabled"] else ()


INVENTORY_POLICIES = InventoryPolicies(INVENTORY_POLICY)
