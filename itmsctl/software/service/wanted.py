"""Who should have software: the computers of deliveries in use that bring it, by itself or since another needs it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection

from itmsctl.cmdb.work import Reader
from itmsctl.errors import ItmsError
from itmsctl.packages.kinds import UNINSTALL
from itmsctl.software.service.deliveries import DELIVERIES


def wanted(reader: Reader, names: Collection[str]) -> dict[str, frozenset[int]]:
    """Return who should have software, by its name, as membership is stored; nothing of what no delivery brings.

    A delivery that cannot be planned, or whose target cannot be read, counts for nobody: `delivery explain` says why.
    """
    found: defaultdict[str, set[int]] = defaultdict(set)
    for doc in DELIVERIES.list(reader):
        if not doc.fields["enabled"] or doc.fields["action"] == UNINSTALL:
            continue
        try:
            brought = {one.software for one in DELIVERIES.planned(reader, doc) if one.action != UNINSTALL}
            whom = DELIVERIES.members(reader, doc) if brought & set(names) else frozenset()
        except ItmsError:
            continue
        for name in brought & set(names):
            found[name] |= whom
    return {name: frozenset(ids) for name, ids in found.items()}
