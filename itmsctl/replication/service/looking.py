"""Replication rules as people see them: what each gave whom, and which step one of them waits for."""

from __future__ import annotations

from collections import Counter
from contextlib import nullcontext
from itertools import islice
from typing import Any

import sqlalchemy as sa

from itmsctl.cmdb.doc import Doc
from itmsctl.cmdb.work import Reader
from itmsctl.errors import ItmsError
from itmsctl.policies.service.explaining import OK, PENDING, enabled_step, trigger_step
from itmsctl.replication.rows import sent_objects
from itmsctl.replication.rule import ReplicationRule
from itmsctl.replication.service import sent
from itmsctl.replication.service.rules import REPLICATION_RULES, as_read, servers_of
from itmsctl.replication.service.sending import planned
from itmsctl.values.counts import counted

_MOST = 1000  # objects that are counted before it is said that there are more


def given_to(reader: Reader, doc: Doc) -> list[dict[str, Any]]:
    """Return what `show` tells of the servers of a rule: how often it ran, when last, and what must go again."""
    found = []
    for peer in servers_of(reader, doc):
        whole = sent.marks(reader, peer.guid, doc.guid).get(sent.WHOLE)
        where = (sent_objects.c.peer == peer.guid, sent_objects.c.hash.is_(None))
        again = reader.scalar(sa.select(sa.func.count()).select_from(sent_objects).where(*where))
        found.append({"server": peer.name, "runs": whole.through if whole else 0, "last": whole.at if whole else None,
                      "again": int(again)})  # fmt: skip
    return found


def explained(reader: Reader, name: str) -> list[dict[str, str]]:
    """Return the steps until a rule gives something, each with how it stands and why. Raises NotFoundError."""
    doc = REPLICATION_RULES.get(reader, name)
    steps = [enabled_step(REPLICATION_RULES, doc), trigger_step(reader, REPLICATION_RULES, doc)]
    peers = servers_of(reader, doc)
    said = ", ".join(peer.name for peer in peers)
    nobody = "no neighbour of its direction is linked: itmsctl hierarchy show"
    steps.append(_step("servers", OK if peers else PENDING, said or nobody))
    try:
        rule = as_read(doc)
    except ItmsError as error:
        return [*steps, _step("kinds", PENDING, error.message)]
    steps.append(_step("kinds", OK, ", ".join([*(kind.name for kind in rule.kinds), *_events(reader, rule)])))
    for peer in peers:
        counts = Counter(one.action for one in islice(planned(lambda: nullcontext(reader), peer, doc), _MOST))
        number = sum(counts[action] for action in ("put", "gone", "rows", "told"))
        more = "at least " if sum(counts.values()) >= _MOST else ""
        steps.append(_step(peer.name, OK, f"{more}{counted(number, 'object')} to go, {counts['stays']} stay"))
    return steps


def _events(reader: Reader, rule: ReplicationRule) -> list[str]:
    if rule.events_until is None:
        return []
    is_over = rule.events_until < reader.now.date()
    return [f"events, which ended with {rule.events_until}" if is_over else f"events until {rule.events_until}"]


def _step(step: str, state: str, why: str) -> dict[str, str]:
    return {"step": step, "state": state, "why": why}
