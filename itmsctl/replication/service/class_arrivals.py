"""Rows of data classes that came: stored as those of any other source are, so that only what differs is written."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from itmsctl.inventory.service.storing import store_told
from itmsctl.inventory.told import Told
from itmsctl.replication.records import SentRows
from itmsctl.replication.replicated import Replicated
from itmsctl.replication.service.kept import kept_of
from itmsctl.replication.service.owners import merged_among
from itmsctl.replication.service.receiving import Receiving
from itmsctl.resources.kinds import COMPUTER
from itmsctl.resources.service.computers import computer_ids, winner_of

SOURCE = "replication"


def store_rows(to: Receiving, found: Sequence[SentRows]) -> None:
    """Store rows of classes. Raises NotOwnerError for another server's computer."""
    guids = {one.guid for one in found}
    ids, now = computer_ids(to.unit, sorted(guids)), {guid: guid for guid in guids}
    now |= {guid: winner_of(to.unit, guid) or guid for guid in merged_among(to.unit, guids)}
    kept = kept_of(to.unit, [(COMPUTER.name, guid) for guid in now.values()])
    wanted = [one for one in found if _is_to_store(to, one, ids, now[one.guid], kept)]
    told: dict[tuple[int, datetime], dict[str, Sequence[Mapping[str, object]]]] = {}
    for one in wanted:
        if one.guid in ids:
            told.setdefault((ids[one.guid], one.collected_at), {})[one.class_name] = one.named()
        else:
            to.applied.counts["rows of unknown computers"] += 1
    batch = [(id_, Told(SOURCE, at, classes)) for (id_, at), classes in told.items()]
    for stored in store_told(to.unit, batch) if batch else ():
        for state in stored.classes.values():
            to.applied.counts[f"classes {state.state}"] += 1


def _is_to_store(
    to: Receiving, one: SentRows, ids: Collection[str], guid: str, kept: Mapping[tuple[str, str], Replicated]
) -> bool:
    """Return whether rows are stored: `ids` are the computers that are known, `guid` is the one that theirs is now."""
    known = kept.get((COMPUTER.name, guid))
    if to.is_child and known is not None and guid != one.guid and not to.belongs(known):
        return False  # merged: it is another server's now, and the sender is told with its next put
    if to.is_child and not to.belongs(known) and one.guid in ids:
        why = "the computer of these rows belongs to this server or another branch (CH1)"
        raise to.not_owner(f"rows of class {one.class_name}", one.guid, why)
    if known is None and not to.is_child and one.guid in ids:
        to.applied.counts["own"] += 1
        return False
    return True
