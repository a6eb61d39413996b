"""What each computer has to do by its agent: basic inventory, and what inventory policies say."""

from __future__ import annotations

from collections.abc import Mapping

from itmsctl.agents.content import PolicyPart, basic_part, gathering, part_of
from itmsctl.cmdb.doc import Doc
from itmsctl.cmdb.work import Reader
from itmsctl.inventory import wanted
from itmsctl.inventory.service.policies import INVENTORY_POLICIES

_USUAL_S = 86_400.0


def duties_of(reader: Reader, settings: Mapping[int, Doc]) -> dict[int, tuple[PolicyPart, ...]]:
    """Return the parts of policy of each computer that has settings."""
    basics = {doc.id: basic_part(doc.fields) for doc in {doc.id: doc for doc in settings.values()}.values()}
    found: dict[int, list[PolicyPart]] = {computer: [basics[doc.id]] for computer, doc in settings.items()}
    for doc in INVENTORY_POLICIES.list(reader, where=INVENTORY_POLICIES.table.c.enabled):
        part = part_of(
            {"inventory": [gathering(doc.guid, wanted.classes_of(doc.fields), doc.fields["every_s"] or _USUAL_S)]}
        )
        for computer in INVENTORY_POLICIES.members(reader, doc) & settings.keys():
            found[computer].append(part)
    return {computer: tuple(sorted(parts, key=lambda part: part.name)) for computer, parts in found.items()}
