"""Three servers edited apart by random operations, and replicated in random order, cut, sent again and killed.

`python -m tests.replication.convergence --operations 10000 [--on postgres]` does all of it; `test_convergence.py` a
sample.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from itmsctl.cmdb.engine import place_of
from itmsctl.cmdb.schema import migrate
from itmsctl.errors import ItmsError
from itmsctl.replication.complete_list import complete_lists
from itmsctl.replication.records import parsed, written
from itmsctl.replication.replicated import LEFT
from itmsctl.replication.service import conflicts
from itmsctl.replication.service.kept import kept_of
from itmsctl.replication.service.opening import open_fields, opened_of
from itmsctl.resources.kinds import COMPUTER
from itmsctl.schedules.kinds import SCHEDULE
from itmsctl.sites.kinds import SITE
from itmsctl.values.kind import Kind
from tests.replication.servers import Databases, InFiles, OnPostgres, TestServer, assert_audit
from tests.servers.postgres import shared_server

DOWN, UP = (SCHEDULE, SITE), (COMPUTER,)
NAMES = ("alpha", "beta", "gamma", "delta")
SERIALS = ("SN-1001X", "SN-1002X", "SN-1003X")
OPEN = ("time_zone", "missed")
VALUES: Mapping[str, Sequence[str]] = {
    "time_zone": ("UTC", "Europe/Rome", "Asia/Tokyo"),
    "missed": ("skip", "run-once"),
    "daily": ("01:00", "02:00", "03:00"),
}
ROUNDS = 4  # of complete runs both ways, until nothing differs any more


class TickingClock:
    """Return a later moment at each call, so that no two changes are of one moment."""

    def __init__(self) -> None:
        self.now = datetime(2026, 1, 1, tzinfo=UTC)

    def __call__(self) -> datetime:
        self.now += timedelta(seconds=1)
        return self.now


class KilledError(Exception):
    """The process that applied a batch was killed."""


class Network:
    """A parent and two children."""

    def __init__(self, databases: Databases, seed: int) -> None:
        self.dice, self.databases = random.Random(seed), databases
        self.clock = TickingClock()
        self.tally: Counter[str] = Counter()
        self.edits: dict[tuple[str, str, str], Any] = {}  # child, GUID, field: the last value that somebody set there
        self.servers = [databases.make(name, self.clock) for name in ("head", "rome", "oslo")]
        for child in self.children:
            self.head.link(child, "child")

    @property
    def head(self) -> TestServer:
        return self.servers[0]

    @property
    def children(self) -> list[TestServer]:
        return self.servers[1:]

    def close(self) -> None:
        for one in self.servers:
            one.store.close()

    # --- operations ---------------------------------------------------------------------------------------------------

    def step(self) -> None:
        """Do one of them; what the program refuses is refused."""
        choices: list[Callable[[], None]] = [
            self.add_item, self.set_item, self.remove_item, self.rename_item, self.open_item, self.edit_open,
            self.add_computer, self.set_computer, self.remove_computer, self.add_site, self.replicate, self.replicate,
        ]  # fmt: skip
        work = self.dice.choice(choices)
        try:
            work()
        except ItmsError as error:
            if error.exit_status == 14:
                raise
            self.tally[
                f"refused {error.code} {error.message[:50]}" if error.code == "FIELD" else f"refused {error.code}"
            ] += 1
        else:
            self.tally[work.__name__] += 1

    def _any(self) -> TestServer:
        return self.dice.choice(self.servers)

    def _one(self, at: TestServer, kind: Kind) -> str | None:
        found = sorted(guid for guid, one in at.all(kind).items() if one["name"].partition("@")[0] in NAMES)
        return self.dice.choice(found) if found else None

    def _value(self, field: str) -> str:
        return self.dice.choice(VALUES[field])

    def add_item(self) -> None:
        self._any().add(SCHEDULE, self.dice.choice(NAMES), daily=self._value("daily"), time_zone="UTC")

    def set_item(self) -> None:
        at = self._any()
        guid = self._one(at, SCHEDULE)
        if guid:
            at.set(SCHEDULE, guid, daily=self._value("daily"))

    def rename_item(self) -> None:
        at, name = self._any(), self.dice.choice(NAMES)
        guid = self._one(at, SCHEDULE)
        if guid:
            at.store.write(lambda unit: SCHEDULE.load_shelf().set(unit, guid, {}, rename=name))

    def remove_item(self) -> None:
        at = self._any()
        guid = self._one(at, SCHEDULE)
        if guid:
            at.store.write(lambda unit: SCHEDULE.load_shelf().remove(unit, guid))

    def open_item(self) -> None:
        guid, field, off = self._one(self.head, SCHEDULE), self.dice.choice(OPEN), self.dice.random() < 0.4
        if guid:
            name = self.head.all(SCHEDULE)[guid]["name"]
            self.head.store.write(lambda unit: open_fields(unit, f"schedule/{name}", [field], off=off))

    def edit_open(self) -> None:
        at, field = self._any(), self.dice.choice(OPEN)
        guid = self._one(at, SCHEDULE)
        if guid:
            before = at.all(SCHEDULE)[guid][field]
            at.set(SCHEDULE, guid, **{field: self._value(field)})
            if at is not self.head and at.all(SCHEDULE)[guid][field] != before:
                self._note_edit(at, guid, field)

    def _note_edit(self, at: TestServer, guid: str, field: str) -> None:
        """Note what was set; who sets what the parent says too follows it from then on."""
        value = at.all(SCHEDULE)[guid][field]
        with at.store.read() as reader:
            known = kept_of(reader, [("schedule", guid)]).get(("schedule", guid))
        if known is not None and known.sent.get(field) == value:
            self.edits.pop((at.name, guid, field), None)
        else:
            self.edits[at.name, guid, field] = value

    def add_computer(self) -> None:
        at, serial = self._any(), self.dice.choice(SERIALS)
        if all(serial not in one["serial"] for one in at.all(COMPUTER).values()):
            at.add(COMPUTER, self.dice.choice(NAMES), serial=[serial], description=str(self.dice.random()))

    def set_computer(self) -> None:
        at = self._any()
        guid = self._one(at, COMPUTER)
        if guid:
            at.set(COMPUTER, guid, description=str(self.dice.random()))

    def remove_computer(self) -> None:
        at = self._any()
        guid = self._one(at, COMPUTER)
        if guid:
            at.store.write(lambda unit: COMPUTER.load_shelf().remove(unit, guid))

    def add_site(self) -> None:
        self._any().add(SITE, self.dice.choice(NAMES), region=self.dice.choice(["north", "south"]))

    # --- replication --------------------------------------------------------------------------------------------------

    def replicate(self) -> None:
        """Send one way over one link: cut somewhere, killed somewhere, or twice."""
        child, down = self.dice.choice(self.children), self.dice.random() < 0.5
        origin, to, kinds = (self.head, child, DOWN) if down else (child, self.head, UP)
        records = self._complete(origin, kinds)
        fate = self.dice.choice(["whole", "cut", "twice", "killed"])
        if fate == "killed":
            before = _state(to)
            try:
                origin.send(to, _killed(records, self.dice.randrange(len(records))))
            except KilledError:
                assert _state(to) == before, "a batch that was killed left something"
        elif fate == "cut":
            origin.send(to, records[: self.dice.randrange(len(records))])
        else:
            for _ in range(2 if fate == "twice" else 1):
                origin.send(to, records)
        self.tally[fate] += 1

    def _complete(self, origin: TestServer, kinds: Sequence[Kind]) -> list[dict[str, Any]]:
        puts = origin.puts(kinds)
        lists = []
        for kind in kinds:
            guids = [one["guid"] for one in puts if one["kind"] == kind.name]
            lists += [parsed(written(one)) for one in complete_lists(kind.name, guids, self.dice.choice([2, 1000]))]
        return [*puts, *lists]

    def settle(self, dice: random.Random) -> None:
        """Run everything completely, links in random order, until nothing differs."""
        for _ in range(ROUNDS):
            links: list[tuple[TestServer, TestServer, Sequence[Kind]]] = [
                (self.head, child, DOWN) for child in self.children
            ]
            links += [(child, self.head, UP) for child in self.children]
            dice.shuffle(links)
            for origin, to, kinds in links:
                origin.send(to, self._complete(origin, kinds))

    def copied(self) -> Network:
        """Return the same three servers on copies of their databases."""
        found = Network.__new__(Network)
        found.__dict__ |= {**self.__dict__, "edits": dict(self.edits)}
        found.servers = []
        for one in self.servers:
            of = self.databases.copy(one, f"{one.name}_too")
            copy = self.databases.make(one.name, self.clock, of)
            copy.sent = dict(one.sent)
            found.servers.append(copy)
        return found

    # --- what must hold -----------------------------------------------------------------------------------------------

    def check(self) -> None:
        """Raise AssertionError where the servers do not agree, where something is left over, or was lost unsaid."""
        for child in self.children:
            self._check_items(child)
            self._check_computers(child)
            self._check_edits(child)
        self._check_residue()
        for one in self.servers:
            assert_audit(one.store)
            with one.store.read() as reader:
                waiting = conflicts.listed(reader)
            assert waiting == [], waiting

    def _check_items(self, child: TestServer) -> None:
        for kind in DOWN:
            theirs, mine = self.head.all(kind), child.all(kind)
            with self.head.store.read() as reader:
                opened = opened_of(reader, kind.name, list(theirs))
            assert theirs.keys() <= mine.keys(), (kind.name, child.name)
            for guid, one in theirs.items():
                differ = {name for name in one if one[name] != mine[guid][name]}
                assert differ <= set(opened.get(guid, ())), (kind.name, child.name, one["name"], differ)
            with child.store.read() as reader:
                kept = kept_of(reader, [(kind.name, guid) for guid in mine])
            assert {guid for _, guid in kept} == set(theirs), (kind.name, child.name)

    def _check_computers(self, child: TestServer) -> None:
        there, here = self.head.all(COMPUTER), child.all(COMPUTER)
        with child.store.read() as reader:
            foreign = {guid for _, guid in kept_of(reader, [("computer", guid) for guid in here])}
        for guid in here.keys() - foreign:
            assert guid in there, (child.name, here[guid]["name"])
            names = there[guid].pop("name"), here[guid].pop("name")
            assert names[0].partition("@")[0] == names[1].partition("@")[0]
            assert there[guid] == here[guid], child.name

    def _check_residue(self) -> None:
        there = self.head.all(COMPUTER)
        with self.head.store.read() as reader:
            kept = kept_of(reader, [("computer", guid) for guid in there])
        for (_, guid), one in kept.items():
            origin = next(child for child in self.children if child.guid == one.origin)
            assert one.state == LEFT or guid in origin.all(COMPUTER), there[guid]["name"]
        live = [guid for guid in there if ("computer", guid) not in kept or kept["computer", guid].state != LEFT]
        serials = Counter(serial for guid in live for serial in there[guid]["serial"])
        assert all(count == 1 for count in serials.values()), serials

    def _check_edits(self, child: TestServer) -> None:
        """Check that what was set at a child is there, or that it was said what became of it."""
        now = child.all(SCHEDULE)
        with child.store.read() as reader:
            told = [one for one in conflicts.listed(reader, every=True) if one.what == conflicts.OVERWRITTEN]
        for (name, guid, field), value in self.edits.items():
            if name == child.name and guid in now and now[guid][field] != value:
                said = [one for one in told if one.guid == guid and one.ours and one.ours[field] == value]
                assert said, (name, now[guid]["name"], field, value)


def _killed(records: Sequence[dict[str, Any]], after: int) -> Iterator[dict[str, Any]]:
    yield from records[:after]
    raise KilledError


def _state(of: TestServer) -> dict[str, Any]:
    return {kind.name: of.all(kind) for kind in (*DOWN, *UP)}


def try_seed(databases: Databases, seed: int, operations: int) -> Counter[str]:
    """Do operations, then settle in two orders: each must converge, to the same."""
    network = Network(databases, seed)
    try:
        for _ in range(operations):
            network.step()
        other = network.copied()
        try:
            for one, order in ((network, seed), (other, seed + 1)):
                one.settle(random.Random(order))
                one.check()
            assert list(map(_state, network.servers)) == list(map(_state, other.servers)), "order matters"
        finally:
            other.close()
        return network.tally
    finally:
        network.close()


def say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def _factory(on: str, folder: Path) -> Callable[[Path], Databases]:
    """Return what makes the databases of one seed in a folder."""
    if on == "postgres":
        server, name = shared_server(), "template_of_three"
        migrate(place_of(server.create_database(name)))
        return lambda place: OnPostgres(place, server, name)
    template = folder / "template.sqlite"
    template.touch(0o600)
    migrate(place_of(str(template)))
    return lambda place: InFiles(place, template)


def main() -> None:
    """Try one seed after the other until so many operations were done."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--operations", type=int, default=10_000)
    parser.add_argument("--each", type=int, default=100, help="operations before servers settle")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--on", choices=("sqlite", "postgres"), default="sqlite")
    asked = parser.parse_args()
    total: Counter[str] = Counter()
    with tempfile.TemporaryDirectory() as folder:
        databases_of = _factory(asked.on, Path(folder))
        for number in range(-(-asked.operations // asked.each)):
            seed = asked.seed + number * 2
            place = Path(folder) / str(seed)
            place.mkdir()
            databases = databases_of(place)
            try:
                total += try_seed(databases, seed, asked.each)
            except (AssertionError, ItmsError) as error:
                raise SystemExit(f"seed {seed}: {error}") from error
            databases.drop()
            say(f"seed {seed}: {sum(total.values())} operations")
    for what, count in sorted(total.items()):
        say(f"{count:7} {what}")


if __name__ == "__main__":
    main()
