"""The state of every link and rule: from the batches that were sent and taken, schedules, and what went wrong."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

import sqlalchemy as sa

from itmsctl.cmdb.doc import Doc
from itmsctl.cmdb.work import Reader
from itmsctl.hierarchy.peer import Peer
from itmsctl.hierarchy.service import peers
from itmsctl.replication.rows import sent_batches, taken_batches
from itmsctl.replication.service import ledger, troubles
from itmsctl.replication.service.rules import REPLICATION_RULES, servers_of
from itmsctl.replication.service.troubles import LinkWay
from itmsctl.replication.standing import DISABLED, SENDS, TAKES, LinkStanding, TroubleSaid
from itmsctl.schedules.due import due_between
from itmsctl.schedules.service.schedules import timing
from itmsctl.schedules.service.zones import zone_of

CYCLE = timedelta(days=1)  # of what comes by a rule of another server, whose schedule is not known here (REPL-18)
_MOST = 1000  # cycles that are counted

Troubles = Mapping[LinkWay, TroubleSaid]


def standings(reader: Reader) -> list[LinkStanding]:
    """Return the state of each rule of each neighbour, sent and taken, and of neighbours without any."""
    wrong = troubles.all_of(reader)
    rules = {doc.name: doc for doc in REPLICATION_RULES.list(reader)}
    to = {name: {peer.guid for peer in servers_of(reader, doc)} for name, doc in rules.items()}
    found: list[LinkStanding] = []
    for peer in peers.neighbours(reader):
        mine = {name: doc for name, doc in rules.items() if peer.guid in to[name]}
        of_peer = [*_sent(reader, peer, mine, wrong), *_taken(reader, peer, wrong)]
        found += of_peer or [_standing(peer, SENDS, "", None, {})]
    return found


def _sent(reader: Reader, peer: Peer, rules: Mapping[str, Doc], wrong: Troubles) -> Iterator[LinkStanding]:
    own = sent_batches.c
    batches = _by_rule(reader, sent_batches, own.peer == peer.guid, own.state != ledger.VOID)
    failed = {one.rule for one in wrong if (one.peer, one.way) == (peer.guid, SENDS)}
    for rule in sorted({*batches, *rules, *failed}):
        rows, doc = batches.get(rule, []), rules.get(rule)
        done = [row for row in rows if row.state in {ledger.TAKEN, ledger.EXPORTED}]
        open_ = [row for row in rows if row.state in {ledger.KEPT, ledger.EXPORTED}]
        run = [row for row in done if row.run == done[0].run] if done else []
        last = done[0].settled_at if done else None
        waiting = {"waiting": len(open_), "waiting_bytes": sum(row.size for row in open_)}
        more = {**waiting, **_last(run), "trouble": wrong.get(LinkWay(peer.guid, SENDS, rule))}
        if doc is not None:
            more["missed"] = _missed(reader, doc, last or peer.joined_at)
        state = DISABLED if doc is not None and not doc.fields["enabled"] else peer.state
        yield _standing(peer, SENDS, rule, last, {**more, "state": state})


def _taken(reader: Reader, peer: Peer, wrong: Troubles) -> Iterator[LinkStanding]:
    batches = _by_rule(reader, taken_batches, taken_batches.c.origin == peer.guid)
    failed = {one.rule for one in wrong if (one.peer, one.way) == (peer.guid, TAKES)}
    for rule in sorted({*batches, *failed}):
        rows = batches.get(rule, [])
        last = rows[0].taken_at if rows else None
        run = [row for row in rows if row.run == rows[0].run]
        more = {**_last(run), "trouble": wrong.get(LinkWay(peer.guid, TAKES, rule))}
        missed = max(0, int((reader.now - (last or peer.joined_at)) / CYCLE) - 1)
        yield _standing(peer, TAKES, rule, last, {**more, "missed": missed})


def _missed(reader: Reader, doc: Doc, last: datetime) -> int | None:
    """Return how often a rule was due since it went; None of one without a schedule, which is run by hand."""
    if not doc.fields["enabled"]:
        return None
    schedule = REPLICATION_RULES.schedule_of(reader, doc)
    if schedule is None:
        return None
    zone = zone_of(schedule.fields["time_zone"], reader.server_zone)
    return sum(1 for _ in islice(due_between(timing(schedule), zone, last, reader.now), _MOST))


def _by_rule(reader: Reader, table: sa.Table, *of_peer: sa.ColumnElement[bool]) -> dict[str, list[Any]]:
    """Return the batches of a neighbour by their rule, the newest first."""
    found: dict[str, list[Any]] = {}
    own = table.c
    for row in reader.rows(sa.select(table).where(*of_peer).order_by(own.epoch.desc(), own.seq.desc())):
        found.setdefault(row.rule, []).append(row)
    return found


def _last(run: list[Any]) -> dict[str, Any]:
    if not run:
        return {}
    return {
        "last_records": sum(row.records for row in run),
        "last_bytes": sum(row.size for row in run),
        "refused": _said(run, "refused"),
        "differing": _said(run, "differing"),
    }


def _said(run: list[Any], what: str) -> int:
    """Return how many of something the answers to the batches of a run name."""
    return sum(len((row.reply or {}).get(what, ())) for row in run)


def _standing(peer: Peer, way: str, rule: str, last: datetime | None, more: Mapping[str, Any]) -> LinkStanding:
    return LinkStanding(**{"server": peer.name, "way": way, "rule": rule, "state": peer.state, "last": last,
                           "skew_s": peer.skew_s, **more})  # fmt: skip
