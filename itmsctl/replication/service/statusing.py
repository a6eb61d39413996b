"""The state of every link and rule, from the batches that were sent and taken."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from itmsctl.cmdb.work import Reader
from itmsctl.hierarchy.peer import Peer
from itmsctl.hierarchy.service import peers
from itmsctl.replication.rows import sent_batches, taken_batches
from itmsctl.replication.service import ledger
from itmsctl.replication.standing import LinkStanding

CYCLE = timedelta(days=1)  # of a rule that goes without a schedule of its own (REPL-18)
SENDS, TAKES = "sends", "takes"


def standings(reader: Reader) -> list[LinkStanding]:
    """Return the state of each rule of each neighbour, sent and taken, and of neighbours without any."""
    found: list[LinkStanding] = []
    for peer in peers.neighbours(reader):
        of_peer = [*_sent(reader, peer), *_taken(reader, peer)]
        found += of_peer or [_standing(peer, SENDS, "", None, {})]
    return found


def _sent(reader: Reader, peer: Peer) -> Iterator[LinkStanding]:
    own = sent_batches.c
    for rule, rows in _by_rule(reader, sent_batches, own.peer == peer.guid).items():
        done = [row for row in rows if row.state in {ledger.TAKEN, ledger.EXPORTED}]
        open_ = [row for row in rows if row.state in {ledger.KEPT, ledger.EXPORTED}]
        run = [row for row in done if row.run == done[0].run] if done else []
        yield _standing(
            peer, SENDS, rule, done[0].settled_at if done else None,
            {
                "waiting": len(open_),
                "waiting_bytes": sum(row.size for row in open_),
                **_last(run),
                "differing": _said(run, "differing"),
            },
        )  # fmt: skip


def _taken(reader: Reader, peer: Peer) -> Iterator[LinkStanding]:
    own = taken_batches.c
    for rule, rows in _by_rule(reader, taken_batches, own.origin == peer.guid).items():
        run = [row for row in rows if row.run == rows[0].run]
        yield _standing(peer, TAKES, rule, rows[0].taken_at, _last(run))


def _by_rule(reader: Reader, table: sa.Table, of_peer: sa.ColumnElement[bool]) -> dict[str, list[Any]]:
    """Return the batches of a neighbour by their rule, the newest first."""
    found: dict[str, list[Any]] = {}
    own = table.c
    for row in reader.rows(sa.select(table).where(of_peer).order_by(own.epoch.desc(), own.seq.desc())):
        found.setdefault(row.rule, []).append(row)
    return found


def _last(run: list[Any]) -> dict[str, Any]:
    if not run:
        return {}
    return {
        "last_records": sum(row.records for row in run),
        "last_bytes": sum(row.size for row in run),
        "refused": _said(run, "refused"),
    }


def _said(run: list[Any], what: str) -> int:
    """Return how many of something the answers to the batches of a run name."""
    return sum(len((row.reply or {}).get(what, ())) for row in run)


def _standing(peer: Peer, way: str, rule: str, last: Any, more: dict[str, Any]) -> LinkStanding:
    return LinkStanding(peer.name, way, rule, peer.state, last, CYCLE, peer.joined_at, skew_s=peer.skew_s, **more)
