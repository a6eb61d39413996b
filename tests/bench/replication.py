"""Replication of inventory against a raw dump and load: `python -m tests.bench.replication [--computers 1000]`.

A child sends its parent computers with the rows of `inventoried`, first complete, then nothing new, then 0.1 % and 1 %
of the computers changed. Records are packed and read as batches are, and applied to the parent's CMDB, in this process:
no link is in it. The floor reads the very same rows by the driver, writes them as JSON, reads them again and inserts
them into plain tables by `executemany`, in the same run.

Ends with 1 where a bar is missed: an unchanged run under 4 KiB; bytes within twice of proportional; three times the
floor; 300 MB. Memory is the peak of both sides together.
"""

from __future__ import annotations

import argparse
import json
import resource
import sqlite3
import sys
import tempfile
import time
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from itmsctl.cmdb.bulk import chunks
from itmsctl.cmdb.store import Store
from itmsctl.cmdb.work import UnitOfWork
from itmsctl.hierarchy.peer import Peer
from itmsctl.hierarchy.service import peers
from itmsctl.inventory.asking import dictionary_of, table_of_class
from itmsctl.inventory.service.classes import data_class
from itmsctl.inventory.service.storing import store_told
from itmsctl.inventory.told import Told
from itmsctl.packages.trust.keys import VerifyKey
from itmsctl.replication.batch import PART_RECORDS
from itmsctl.replication.envelope import BatchMark
from itmsctl.replication.records import canonical, parsed
from itmsctl.replication.service import sending
from itmsctl.replication.service.applying import apply_records
from itmsctl.replication.service.rules import REPLICATION_RULES
from tests.bench.estate import add_computers
from tests.bench.inventoried import BEGIN, Estate
from tests.bench.measure import say
from tests.bench.stores import on_both

BATCH = 100
QUIET_BYTES, MOST_TIMES, MEMORY_MB = 4096, 3.0, 300


@dataclass
class SentHead:
    """What applying and settling need of the head of a batch."""

    more: dict[str, Any]
    mark: BatchMark
    last: bool
    rule: str = "up"


def _linked(store: Store, other: Store, name: str, relation: str) -> Peer:
    def work(unit: Any) -> Peer:
        guid = other.identity.server_guid
        return peers.put(unit, Peer(guid, name, relation, "file", VerifyKey(b"k" * 32), "n", 1, unit.now))

    return store.write(work)


def _filled(child: Store, estate: Estate, count: int) -> tuple[list[int], list[str]]:
    ids = add_computers(child, count)
    for part in estate.batches(count, BATCH):
        told = [(ids[number], one) for number, one in part]
        child.write(partial(_stored, told))
    return ids, sorted(estate.told(0).classes)


def _applied(head: Any, lines: list[bytes], peer: Peer, unit: UnitOfWork) -> dict[str, Any]:
    return dict(apply_records(unit, head, map(parsed, lines), peer).as_dict())


def _settled(peer: str, head: Any, lines: list[bytes], reply: dict[str, Any], unit: UnitOfWork) -> None:
    sending.settle(unit, peer, head, map(json.loads, lines), reply)


def _stored(told: list[tuple[int, Told]], unit: UnitOfWork) -> None:
    store_told(unit, told)


def _run(child: Store, parent: Store, here: Peer, there: Peer, seq: Iterator[int]) -> tuple[int, int, float]:
    """Send what there is to send; return records, bytes and CPU seconds of both sides."""
    begin = time.process_time()
    with child.read() as reader:
        rule = REPLICATION_RULES.get(reader, "up")
    prepared = sending.prepare(child, there, rule)
    # A run is packed as a whole before anything of it goes: a view of SQLite that is read makes writers wait.
    whole = [zlib.compress(b"\n".join(part), 6) for part in chunks(map(canonical, prepared.records), PART_RECORDS)]
    records = 0
    for packed in whole:
        head = SentHead(dict(prepared.more), BatchMark(1, next(seq)), last=True)
        lines = zlib.decompress(packed).split(b"\n")
        records += len(lines)
        reply = parent.write(partial(_applied, head, lines, here))
        child.write(partial(_settled, there.guid, head, lines, reply))
    if not records:
        head = SentHead(dict(prepared.more), BatchMark(1, next(seq)), last=True)
        child.write(lambda unit: sending.settle(unit, there.guid, head, [], {}))
    return records, sum(map(len, whole)), time.process_time() - begin


def _floor(place: str, classes: list[str], folder: Path) -> float:
    begin = time.process_time()
    source, target = sqlite3.connect(place), sqlite3.connect(folder / "raw.sqlite")
    for name in classes:
        shared = any(column.is_shared for column in data_class(name).columns)
        join = f' JOIN "{dictionary_of(name)}" e ON e.entry_id = t.entry_id' if shared else ""
        rows = source.execute(f'SELECT t.*{", e.*" if shared else ""} FROM "{table_of_class(name)}" t{join}')
        file = folder / f"{name}.ndjson"
        with file.open("w") as out:
            out.writelines(json.dumps(row, default=bytes.hex) + "\n" for row in rows)
        marks = ", ".join("?" * len(rows.description))
        target.execute(f'CREATE TABLE "{name}" ({", ".join(f"c{n}" for n in range(len(rows.description)))})')
        with file.open() as lines:
            target.executemany(f'INSERT INTO "{name}" VALUES ({marks})', map(json.loads, lines))
        target.commit()
    source.close()
    target.close()
    return time.process_time() - begin


def main() -> int:
    """Measure, say the ratios, and return 1 where a bar is missed."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--computers", type=int, default=1000)
    count = parser.parse_args().computers
    estate, seq, missed = Estate(), iter(range(1, 10**6)), []
    with tempfile.TemporaryDirectory() as folder:
        for child, parent in on_both([], 2):
            ids, classes = _filled(child, estate, count)
            there, here = _linked(child, parent, "head", "parent"), _linked(parent, child, "rome", "child")
            fields = {"direction": "up", "kinds": ["computer"], "classes": classes}
            child.write(partial(REPLICATION_RULES.add, name="up", fields=fields))
            floor = _floor(str(child.place.path), classes, Path(folder))
            first = _run(child, parent, here, there, seq)
            say(f"first: {first[0]} records, {first[1]:,} bytes, {first[2]:.1f} s; floor {floor:.1f} s: "
                f"{first[2] / floor:.2f} times")  # fmt: skip
            if first[2] > MOST_TIMES * floor:
                missed.append("first")
            quiet = _run(child, parent, here, there, seq)
            say(f"unchanged: {quiet[0]} records, {quiet[1]:,} bytes, {quiet[2]:.3f} s")
            if quiet[1] > QUIET_BYTES:
                missed.append("unchanged")
            at: datetime = BEGIN + timedelta(days=1)
            for share in (0.001, 0.01):
                changed = range(max(1, round(count * share)))
                at += timedelta(days=1)
                told = [(ids[n], estate.told(n + count * round(share * 1000), changed=True, at=at)) for n in changed]
                child.write(partial(_stored, told))
                ran = _run(child, parent, here, there, seq)
                part = len(changed) / count
                bytes_of, cpu_of = ran[1] / first[1] / part, ran[2] / first[2] / part
                say(f"{share:.1%}: {ran[0]} records, {ran[1]:,} bytes ({bytes_of:.2f} of proportional), "
                    f"{ran[2]:.3f} s ({cpu_of:.2f})")  # fmt: skip
                if ran[1] > 2 * first[1] * part + QUIET_BYTES:
                    missed.append(f"{share:.1%}")
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    say(f"memory: {memory:.0f} MB for both sides")
    if memory > MEMORY_MB:
        missed.append("memory")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
