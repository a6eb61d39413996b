"""A run looks at the database in short views: others write meanwhile, and nothing of it is lost."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import pytest

from itmsctl.cmdb.store import Store
from itmsctl.errors import ItmsError
from itmsctl.hierarchy.peer import Peer
from itmsctl.hierarchy.service import peers
from itmsctl.inventory.service.storing import store_told
from itmsctl.inventory.told import Told
from itmsctl.packages.trust.keys import VerifyKey
from itmsctl.replication.records import parsed
from itmsctl.replication.service import choosing, row_pages, sending
from itmsctl.replication.service.rules import REPLICATION_RULES
from itmsctl.resources.kinds import COMPUTER
from itmsctl.values.kind import Kind, house
from tests.replication.test_choosing import Header

PARENT = "22222222-2222-4222-8222-222222222222"


@dataclass
class FarServer:
    """A neighbour that is not there: it has what it was given, as it would."""

    objects: dict[tuple[str, str], str] = field(default_factory=dict)  # name by kind and GUID
    rows: dict[str, Any] = field(default_factory=dict)  # of class hardware, by GUID of the computer

    def take(self, record: dict[str, Any]) -> None:
        match record["op"]:
            case "put":
                self.objects[record["kind"], record["guid"]] = record["name"]
            case "gone":
                self._drop((record["kind"], record["guid"]))
            case "complete":
                there = {(record["kind"], guid) for guid in record["guids"]}
                for key in [key for key in self.objects if key[0] == record["kind"] and key not in there]:
                    self._drop(key)
            case "rows":
                assert ("computer", record["guid"]) in self.objects, "rows of a computer that it does not know are lost"
                self.rows[record["guid"]] = record["rows"]

    def _drop(self, key: tuple[str, str]) -> None:
        self.objects.pop(key, None)
        self.rows.pop(key[1], None)


@dataclass
class Busy:
    """A CMDB that people change at any moment."""

    store: Store
    dice: random.Random
    number: int = 0

    def change(self) -> None:
        """Do one thing to one object, or add one."""
        self.number += 1
        kind = self.dice.choice([COMPUTER, COMPUTER, _kind("site")])
        with self.store.read() as reader:
            names = [doc.name for doc in kind.load_shelf().list(reader)]
        if len(names) < 6 or self.dice.random() < 0.2:
            self.store.write(lambda unit: kind.load_shelf().add(unit, f"{kind.name}-{self.number}", {}))
            return
        name = self.dice.choice(names)
        match self.dice.randrange(3 if kind is COMPUTER else 2):
            case 0:
                self.store.write(lambda unit: kind.load_shelf().remove(unit, name))
            case 1:
                self.store.write(lambda unit: kind.load_shelf().set(unit, name, {}, rename=f"new-{self.number}"))
            case _:
                self.tell(name)

    def tell(self, name: str) -> None:
        """Have a computer report something else."""

        def work(unit: Any) -> None:
            told = Told("gatherer", unit.now, {"hardware": [{"model": f"m{self.number}"}]})
            store_told(unit, [(COMPUTER.load_shelf().get(unit, name).id, told)])

        self.store.write(work)

    def truth(self) -> tuple[dict[tuple[str, str], str], set[str]]:
        """Return what there is: names by kind and GUID, and the models of what has rows."""
        with self.store.read() as reader:
            kinds = (COMPUTER, _kind("site"))
            names = {(kind.name, doc.guid): doc.name for kind in kinds for doc in kind.load_shelf().list(reader)}
            told = reader.connection.exec_driver_sql(
                "SELECT r.guid || ' ' || h.model FROM inv_hardware h JOIN resource r ON r.id = h.computer_id"
            )
            return names, set(told.scalars())


def _kind(name: str) -> Kind:
    found = house().kind(name)
    assert found is not None
    return found


def _peer(store: Store) -> Peer:
    with store.read() as reader:
        now: datetime = reader.now
    return store.write(
        lambda unit: peers.put(unit, Peer(PARENT, "head", "parent", "file", VerifyKey(b"k" * 32), "n", 1, now))
    )


def _run(store: Store, peer: Peer, far: FarServer, *, complete: bool = False) -> Iterator[str]:
    """Send what there is to send, record by record."""
    with store.read() as reader:
        rule = REPLICATION_RULES.get(reader, "r")
    prepared = sending.prepare(store, peer, rule, complete=complete)
    records = []
    for line in prepared.lines:
        records.append(parsed(line))
        far.take(records[-1])
        yield records[-1]["op"]
    store.write(lambda unit: sending.settle(unit, peer.guid, Header(dict(prepared.more)), records, {}))


@pytest.fixture
def busy(store: Store, monkeypatch: pytest.MonkeyPatch) -> Busy:
    """Return a CMDB whose runs look at two objects in each view."""
    monkeypatch.setattr(choosing, "_PAGE", 2)
    monkeypatch.setattr(row_pages, "_PAGE", 2)
    fields = {"direction": "up", "kinds": ["computer", "site"], "classes": ["hardware"], "purge": True}
    store.write(lambda unit: REPLICATION_RULES.add(unit, "r", fields))
    found = Busy(store, random.Random(7))
    for _ in range(8):
        found.change()
    return found


@pytest.mark.parametrize("seed", range(3))
def test_what_is_written_while_a_run_is_packed_is_not_lost(busy: Busy, seed: int) -> None:
    busy.dice = random.Random(seed)
    far, peer = FarServer(), _peer(busy.store)
    for number in range(5):
        for _ in _run(busy.store, peer, far, complete=number == 3):
            if busy.dice.random() < 0.4:
                busy.change()
    for _ in _run(busy.store, peer, far):
        pass  # nobody writes now
    names, models = busy.truth()
    assert far.objects == names
    assert {f"{guid} {model}" for guid, rows in far.rows.items() for ((model,),) in [rows]} == models
    assert list(_run(busy.store, peer, far)) == []


def test_a_writer_waits_for_no_run(busy: Busy) -> None:
    """On SQLite who reads makes writers wait, so that none may stand open between two records."""
    busy.store.patience_s = busy.store.busy_timeout_s = 0.0
    for n in range(6):
        busy.store.write(lambda unit, n=n: COMPUTER.load_shelf().add(unit, f"pc{n}", {}))
        busy.tell(f"pc{n}")
    peer, refused = _peer(busy.store), []
    for op in _run(busy.store, peer, FarServer(), complete=True):
        try:
            busy.change()
        except ItmsError as error:
            refused.append((op, error.code))
    assert refused == []
