"""What a rule gives a neighbour: what changed, with reasons; settled, it does not go again."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from itmsctl.cmdb.store import Store
from itmsctl.hierarchy.peer import Peer
from itmsctl.hierarchy.service import peers
from itmsctl.inventory.service.storing import store_told
from itmsctl.inventory.told import Told
from itmsctl.packages.trust.keys import VerifyKey
from itmsctl.replication.records import parsed, read
from itmsctl.replication.replicated import Replicated
from itmsctl.replication.service import sending
from itmsctl.replication.service.kept import keep
from itmsctl.replication.service.rules import REPLICATION_RULES
from itmsctl.resources.rows import resources
from tests.conftest import Run

CHILD = "11111111-1111-4111-8111-111111111111"
FAR = "22222222-2222-4222-8222-222222222222"


@dataclass
class Header:
    """What settling needs of the head of a batch."""

    more: dict[str, Any]
    last: bool = True


@dataclass
class Giving:
    """Runs a rule to one neighbour that is not there, and takes what it gives as it would."""

    store: Store
    peer: Peer
    rule: str
    reply: dict[str, Any] = field(default_factory=dict)

    def run(self, *, complete: bool = False, settle: bool = True) -> list[dict[str, Any]]:
        with self.store.read() as reader:
            doc = REPLICATION_RULES.get(reader, self.rule)
        prepared = sending.prepare(self.store, self.peer, doc, complete=complete)
        records = [parsed(line) for line in prepared.lines]
        for record in records:
            read(dict(record))
        if settle:
            header = Header(dict(prepared.more))
            self.store.write(lambda unit: sending.settle(unit, self.peer.guid, header, records, self.reply))
        return records

    def planned(self, *, complete: bool = False) -> dict[tuple[str, str], tuple[str, str]]:
        with self.store.read() as reader:
            doc = REPLICATION_RULES.get(reader, self.rule)
        found = sending.planned(self.store.read, self.peer, doc, complete=complete)
        return {(one.kind, one.name): (one.action, one.why) for one in found}


def names(records: list[dict[str, Any]], op: str = "put") -> list[str]:
    return [f"{one['kind']}/{one['name']}" for one in records if one["op"] == op]


def _peer(store: Store, guid: str, name: str, relation: str) -> Peer:
    with store.read() as reader:
        now: datetime = reader.now
    peer = Peer(guid, name, relation, "file", VerifyKey(b"k" * 32), "nonce", 1, now)
    return store.write(lambda unit: peers.put(unit, peer))


@pytest.fixture
def child(store: Store) -> Peer:
    return _peer(store, CHILD, "rome", "child")


@pytest.fixture
def parent(store: Store) -> Peer:
    return _peer(store, FAR, "head", "parent")


def test_items_go_once_and_again_where_their_content_changes(ok: Run, store: Store, child: Peer) -> None:
    ok("replication-rule", "add", "r", "--direction", "down", "--kind", "filter", "--kind", "target")
    ok("filter", "add", "linux", "--where", "os_family = 'linux'")
    ok("target", "add", "web", "--filter", "linux")
    giving = Giving(store, child, "r")
    assert giving.planned()["filter", "linux"] == ("put", "it is new there")
    first = giving.run()
    assert names(first).index("filter/linux") < names(first).index("target/web")
    assert next(one for one in first if one.get("name") == "web")["refs"].keys() == {"filter/linux"}
    assert [one for one in first if one["op"] == "members"] != []
    assert giving.run() == []
    ok("filter", "set", "linux", "--description", "all of them")
    assert giving.planned() == {("filter", "linux"): ("put", "its content changed")}
    assert names(giving.run()) == ["filter/linux"]
    ok("filter", "set", "linux", "--description", "again")
    ok("filter", "set", "linux", "--description", "all of them")
    assert giving.run() == []  # REPL-8: its hash is what it was


def test_what_was_not_settled_goes_again(ok: Run, store: Store, child: Peer) -> None:
    ok("replication-rule", "add", "r", "--direction", "down", "--kind", "filter")
    ok("filter", "add", "linux", "--where", "os_family = 'linux'")
    giving = Giving(store, child, "r")
    once = giving.run(settle=False)
    assert names(once) == names(giving.run())
    assert giving.run() == []


def test_what_was_refused_goes_again(ok: Run, store: Store, child: Peer) -> None:
    ok("replication-rule", "add", "r", "--direction", "down", "--kind", "filter")
    ok("filter", "add", "linux", "--where", "os_family = 'linux'")
    guid = ok("filter", "show", "linux", "--json").json["id"]
    giving = Giving(store, child, "r", {"refused": [["filter", guid, "its name is taken"]]})
    giving.run()
    assert giving.planned()["filter", "linux"] == ("put", "refused there: its name is taken")
    giving.reply = {}
    assert names(giving.run()) == ["filter/linux"]
    assert giving.run() == []


@pytest.mark.parametrize("purge", [True, False])
def test_what_is_removed_is_told_once(ok: Run, store: Store, child: Peer, purge: bool) -> None:
    ok("replication-rule", "add", "r", "--direction", "down", "--kind", "filter", *(["--purge"] if purge else []))
    ok("filter", "add", "linux", "--where", "os_family = 'linux'")
    giving = Giving(store, child, "r")
    giving.run()
    ok("filter", "remove", "linux", "--yes")
    (gone,) = giving.run()
    assert (gone["op"], gone["kind"], gone["purge"]) == ("gone", "filter", purge)
    assert giving.run() == []


def test_complete_sends_all_and_says_what_there_is(ok: Run, store: Store, child: Peer) -> None:
    ok("replication-rule", "add", "r", "--direction", "down", "--kind", "filter")
    ok("filter", "add", "linux", "--where", "os_family = 'linux'")
    giving = Giving(store, child, "r")
    first = giving.run()
    again = giving.run(complete=True)
    assert names(first) == names(again)
    (listed,) = [one for one in again if one["op"] == "complete"]
    assert listed["guids"] == sorted(one["guid"] for one in again if one["op"] == "put")


def test_server_jobs_stay_and_what_runs_them(ok: Run, store: Store, child: Peer) -> None:
    """REPL-9: tasks of the server, jobs with such a step and policies of either."""
    ok("replication-rule", "add", "r", "--direction", "down", "--kind", "task", "--kind", "job", "--kind", "policy")
    ok("task", "add", "mine", "--kind", "purge")
    ok("task", "add", "theirs", "--command", "true")
    ok("job", "add", "both", "--step", "theirs", "--step", "mine")
    ok("job", "add", "one", "--step", "theirs")
    ok("policy", "add", "p", "--job", "both", "--target", "all", "--transport", "local")
    ok("policy", "add", "q", "--job", "one", "--target", "all", "--transport", "local")
    giving = Giving(store, child, "r")
    found = giving.planned()
    stay = {name for (_, name), (action, _) in found.items() if action == "stays"}
    assert stay >= {"mine", "both", "p"}
    assert {"theirs", "one", "q"} <= {name for (_, name), (action, _) in found.items() if action == "put"}
    assert not set(names(giving.run())) & {"task/mine", "job/both", "policy/p"}


def test_what_an_object_needs_goes_before_it(ok: Run, store: Store, child: Peer) -> None:
    ok("replication-rule", "add", "r", "--direction", "down", "--kind", "policy")
    ok("task", "add", "theirs", "--command", "true")
    ok("filter", "add", "linux", "--where", "os_family = 'linux'")
    ok("schedule", "add", "nights", "--daily", "22:00")
    ok("policy", "add", "p", "--task", "theirs", "--target", "linux", "--schedule", "nights", "--transport", "local")
    giving = Giving(store, child, "r")
    assert giving.planned()["task", "theirs"] == ("put", "policy `p` needs it")
    sent = names(giving.run())
    assert sent.index("policy/p") > max(map(sent.index, ("task/theirs", "filter/linux", "schedule/nights")))
    assert giving.run() == []


def test_resources_go_up_where_they_changed(ok: Run, store: Store, parent: Peer) -> None:
    ok("replication-rule", "add", "r", "--direction", "up", "--kind", "computer", "--class", "hardware")
    ok("computer", "add", "pc1", "--address", "10.0.0.1")
    giving = Giving(store, parent, "r")
    assert names(giving.run()) == ["computer/pc1"]
    ok("computer", "set", "pc1", "--description", "the first")
    assert giving.planned() == {("computer", "pc1"): ("put", "it changed since the last run")}
    giving.run()
    assert giving.run() == []


def test_what_came_from_a_neighbour_does_not_go_back(ok: Run, store: Store, child: Peer) -> None:
    ok("replication-rule", "add", "r", "--direction", "down", "--kind", "computer")
    ok("computer", "add", "pc1")
    ok("computer", "add", "pc2")
    guid = ok("computer", "show", "pc1", "--json").json["id"]
    with store.read() as reader:
        now = reader.now
    came = Replicated("computer", guid, "pc1", CHILD, CHILD, "r", "", "", now, "", now)
    store.write(lambda unit: keep(unit, [came]))
    assert names(Giving(store, child, "r").run()) == ["computer/pc2"]


def test_only_computers_of_the_target_go_and_who_joins_it_later(ok: Run, store: Store, parent: Peer) -> None:
    ok("computer", "add", "pc1", "--os-family", "linux")
    ok("computer", "add", "pc2", "--os-family", "mac")
    ok("filter", "add", "linux", "--where", "os_family = 'linux'")
    ok("replication-rule", "add", "r", "--direction", "up", "--kind", "computer", "--target", "linux")
    giving = Giving(store, parent, "r")
    assert names(giving.run()) == ["computer/pc1"]
    ok("filter", "set", "linux", "--where", "os_family = 'mac'")
    ok("membership", "update")
    assert names(giving.run()) == ["computer/pc2"]


def test_verification_covers_everything_once(ok: Run, store: Store, child: Peer) -> None:
    ok("replication-rule", "add", "r", "--direction", "down", "--kind", "filter", "--verify", "50")
    for number in range(6):
        ok("filter", "add", f"f{number}", "--where", f"port = {number + 1}")
    giving = Giving(store, child, "r")
    checks = [one for _ in range(2) for one in giving.run() if one["op"] == "check"]
    assert [one["part"] for one in checks] == [[0, 2], [1, 2]]
    sent = [one for one in giving.planned(complete=True).values() if one[0] == "put"]
    assert sum(one["count"] for one in checks) == len(sent)


@pytest.mark.parametrize("there", [{}, None])
def test_what_differs_there_goes_again(ok: Run, store: Store, child: Peer, there: dict[str, str] | None) -> None:
    ok("replication-rule", "add", "r", "--direction", "down", "--kind", "filter", "--verify", "100")
    ok("filter", "add", "linux", "--where", "os_family = 'linux'")
    giving = Giving(store, child, "r")
    giving.run()
    giving.reply = {"differing": [["filter", 0, 0, {}], ["filter", 1, 2, {}], ["target", 0, 1, {}]]}
    giving.run()
    assert giving.planned() == {}, "of what was not asked nothing is believed"
    giving.reply = {"differing": [["filter", 0, 1, there]]}
    giving.run()
    assert giving.planned()["filter", "linux"] == ("put", "verification found it different there")


def test_who_lost_everything_gets_everything(ok: Run, store: Store, child: Peer) -> None:
    ok("replication-rule", "add", "r", "--direction", "down", "--kind", "filter")
    ok("filter", "add", "linux", "--where", "os_family = 'linux'")
    giving = Giving(store, child, "r")
    first = names(giving.run())
    store.write(lambda unit: sending.forget(unit, CHILD))
    assert names(giving.run()) == first


def test_rows_go_by_what_they_are_not_by_when_they_were_collected(ok: Run, store: Store, parent: Peer) -> None:
    """A report may be stored long after it was collected: its moment says nothing."""
    ok("replication-rule", "add", "r", "--direction", "up", "--kind", "computer", "--class", "hardware")
    ok("computer", "add", "pc1")
    with store.read() as reader:
        ids = list(reader.connection.execute(sa.select(resources.c.id)).scalars())
        long_ago = reader.now - timedelta(days=300)

    def tell(model: str, at: datetime) -> None:
        told = Told("gatherer", at, {"hardware": [{"model": model}]})
        store.write(lambda unit: store_told(unit, [(ids[0], told)]))

    giving = Giving(store, parent, "r")
    tell("Latitude", long_ago)
    (rows,) = [one for one in giving.run() if one["op"] == "rows"]
    assert (rows["columns"], rows["rows"]) == (["model"], [["Latitude"]])
    assert giving.run() == []
    tell("Latitude", long_ago + timedelta(days=1))
    assert giving.run() == []
    tell("Precision", long_ago + timedelta(days=2))
    assert giving.planned() == {("hardware", "pc1"): ("rows", "not there as they are here")}
    assert [one["rows"] for one in giving.run()] == [[["Precision"]]]
    assert giving.run() == []
