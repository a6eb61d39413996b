"""CH1, CH3, MM5 end to end: a batch of a child that is not to be believed is refused, audited, and changes nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from itmsctl.cmdb.actor import Actor
from itmsctl.cmdb.engine import place_of
from itmsctl.cmdb.opening import open_store
from itmsctl.cmdb.store import Store
from itmsctl.errors import BatchReplayedError, NotOwnerError
from itmsctl.hierarchy.service import identity, peers
from itmsctl.replication.envelope import opened, sealed
from itmsctl.replication.records import canonical
from itmsctl.replication.service import outbox, places, troubles
from itmsctl.replication.service.sending import PreparedRun
from tests.conftest import FrozenClock, Run

GUID, OTHER = (f"5f0f5d4e-0000-4000-8000-{number:012x}" for number in (1, 2))
Line = dict[str, Any]
AT = "2026-01-01T00:00:00Z"


def _put(kind: str, guid: str, **more: Any) -> Line:
    base = {"op": "put", "kind": kind, "guid": guid, "name": "evil", "hash": "0" * 64, "owner": GUID, "changed": AT}
    return {**base, "fields": {}, "refs": {}, "editable": [], **more}


def _key(head: str) -> Line:
    data = {"version": 1, "sealed": "AAAA"}
    return {"op": "event", "what": "key", "kind": "credential", "guid": OTHER, "at": AT, "data": data}


def _gone(head: str) -> Line:
    return {"op": "gone", "kind": "computer", "guid": head, "name": "pc-head", "at": AT, "purge": True}


SENT: dict[str, Callable[[str], Line]] = {
    "configuration": lambda head: _put("filter", OTHER),
    "a package": lambda head: _put("package", OTHER),
    "a credential": lambda head: _put("credential", OTHER),
    "a secret": _key,
    "the parent's computer": lambda head: _put("computer", head),
    "removal of it": _gone,
}


@pytest.mark.parametrize("what", [*SENT, "another instance", "another signature"])
def test_a_child_that_is_not_to_be_believed_changes_nothing(
    what: str, ok: Run, run: Run, bare_run: Run, db: str, tmp_path: Path, clock: FrozenClock,
    environment: dict[str, str],
) -> None:  # fmt: skip
    rome = str(tmp_path / "rome.sqlite")
    ok("hierarchy", "init", "head")
    ok("hierarchy", "add-child", "rome", "--db", rome)
    ok("computer", "add", "pc-head")
    assert bare_run("--db", rome, "replication", "run").code == 0
    state = Path(environment["XDG_STATE_HOME"]) / "itmsctl"
    child = open_store(place_of(rome), clock=clock, actor=Actor("tester", "test"), state_folder=state)
    with child.read() as reader:
        head, own = peers.get(reader, "head"), peers.own(reader)
    target = ok("computer", "show", "pc-head", "-o", "json").json["id"]
    records = [SENT[what](target)] if what in SENT else []
    with places.alone(child, places.OUT, head.guid, "head") as folder:
        (kept,) = outbox.make(child, folder, head, PreparedRun({"rule": "up"}, map(canonical, records)))
        batch = outbox.batch_at(folder, kept.mark)
        line, stream = batch.line(), batch.stream.read_bytes()
    if what == "another instance":  # a clone: the same key and epoch, another nonce
        header = opened(line.rstrip(b"\n")).header
        line = sealed(replace(header, nonce="cloned"), identity.signing_key(child, own))
    elif what == "another signature":
        line = line.replace(b'"rule":"up"', b'"rule":"in"')
    child.close()
    (tmp_path / "evil.batches").write_bytes(line + stream)
    before = ok("export").out, ok("computer", "list", "-o", "json").out
    refused = run("replication", "import", str(tmp_path / "evil.batches"))
    code = {"another instance": "REPL-DUPLICATE-SERVER", "another signature": "REPL-SIGNATURE"}.get(
        what, "REPL-NOT-OWNER"
    )
    assert (refused.code, code in refused.err) == (14, True), refused.err
    assert (ok("export").out, ok("computer", "list", "-o", "json").out) == before
    assert "batch" in ok("audit", "list", "--limit", "1", "-o", "json").out  # who reads the audit sees it
    assert run("hierarchy", "status", "-o", "json").code == 20
    assert code in run("hierarchy", "status", "-o", "json").out
    if what == "another signature":
        told = len(ok("audit", "list", "-o", "json").json)
        for _ in range(4):
            assert run("replication", "import", str(tmp_path / "evil.batches")).code == 14
        assert len(ok("audit", "list", "-o", "json").json) == told + 2  # the second and the fourth time
    ok("audit", "verify")


def test_one_that_is_refused_again_and_again_fills_nothing(store: Store) -> None:
    told = []
    for number in range(300):  # a neighbour that names another rule each time, and then does another thing wrong
        error = (BatchReplayedError if number % 2 else NotOwnerError)("refused")
        link = troubles.LinkWay(GUID, "takes", f"rule-{number}")
        told.append(store.write(partial(troubles.noted, link=link, error=error)))
    with store.read() as reader:
        kept = troubles.all_of(reader)
    assert len(kept) == 101
    assert kept[troubles.LinkWay(GUID, "takes", "")].times == 200
    of_any = [one for one in told[100:] if one.is_worth_a_record]
    assert [one.times for one in of_any] == [*range(1, 101), 128]


def test_the_same_fault_is_recorded_when_its_count_doubles(store: Store) -> None:
    link, error = troubles.LinkWay(GUID, "takes", "up"), NotOwnerError("refused")
    told = [store.write(partial(troubles.noted, link=link, error=error)) for _ in range(20)]
    assert [one.times for one in told if one.is_worth_a_record] == [1, 2, 4, 8, 16]
    troubles.over(store, link)
    assert store.write(partial(troubles.noted, link=link, error=error)).times == 1
