"""`inventory run` on real computers: first everything, then what has changed; nothing lost, nothing doubled."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from examples.lab.ssh_endpoints import Lab
from itmsctl.cmdb.store import Store
from itmsctl.inventory.service import gathering
from itmsctl.inventory.service.storing import store_told
from itmsctl.inventory.told import Told
from itmsctl.resources.service.selection import ComputerSelection, ordered_ids
from tests.conftest import FrozenClock, Result, Run
from tests.invariants import assert_invariants
from tests.inventory.answers import answered
from tests.inventory.endpoints import RogueEndpoint, rows_of

SMALL = ("--class", "operating_system", "--class", "local-groups", "--class", "tpm")


def held(store: Store, name: str) -> list[list[dict[str, Any]]]:
    """Return the rows of a class of every computer."""
    with store.read() as reader:
        return [
            [{column: value for column, value in row.items() if column != "since"} for row in rows]
            for rows in (rows_of(reader, id_, name) for id_ in ordered_ids(reader, ComputerSelection()))
        ]


def groups() -> list[str]:
    """Return the groups of this machine as it says itself."""
    return sorted(line.split(":")[0] for line in subprocess.getoutput("getent group").splitlines())


@pytest.fixture
def gather(run: Run) -> Callable[..., Result]:
    """Run an inventory and expect it to succeed."""

    def go(*argv: str) -> Result:
        done = run("inventory", "run", *argv, "-o", "ndjson")
        assert done.code == 0, done.out + done.err
        return done

    return go


@pytest.mark.parametrize("transport", ["ssh", "openssh"])
def test_first_all_then_what_has_changed(
    gather: Callable[..., Result], run: Run, ok: Run, lab: Lab, store: Store, transport: str
) -> None:
    way = ("--all", "--transport", transport, "--key", str(lab.key_file), "--accept-new", *SMALL)
    first = gather(*way)
    assert {line["message"] for line in first.lines[:-1]} <= {"2 whole, 1 unread", "3 whole"}
    assert "whole: local_groups operating_system" in first.lines[0]["stdout"]
    assert [sorted(row["name"] for row in rows) for rows in held(store, "local_groups")] == [groups()] * 3
    assert {rows[0]["kernel_name"] for rows in held(store, "operating_system")} == {"Linux"}
    again = gather(*way)
    assert {line["message"] for line in again.lines[:-1]} <= {"2 same, 1 unread", "3 same"}
    whole = gather(*way, "--whole")
    assert {line["message"] for line in whole.lines[:-1]} <= {"2 whole, 1 unread", "3 whole"}
    shown = ok("computer", "show", "lab-001", "-o", "json").json
    assert (shown["os_family"], bool(shown["last_seen"])) == ("linux", True)
    assert run("run", "show", "R-3", "-o", "json").json["ok"] == 3
    assert_invariants(store)


def test_a_difference_alone_comes_and_nothing_is_left_there(
    gather: Callable[..., Result], local: Callable[..., None], store: Store, clock: FrozenClock
) -> None:
    local("pc1")
    gather("--all", "--transport", "local", *SMALL)
    before, left = held(store, "local_groups"), left_behind()
    _, *kept = before[0]
    ghost = {"name": "ghost", "gid": "54321"}
    clock.forward(hours=1)
    tell(store, {"local_groups": [*kept, ghost]})
    clock.forward(hours=1)
    assert held(store, "local_groups") != before
    again = gather("--all", "--transport", "local", *SMALL)
    assert re.match("1 delta, [12] same", again.lines[0]["message"]), again.lines[0]
    assert sorted(map(str, held(store, "local_groups")[0])) == sorted(map(str, before[0]))
    with store.read() as reader:
        closed = reader.connection.execute(sa.text("SELECT class_name, row FROM inventory_closed")).all()
    assert [(name, json.loads(row)["name"]) for name, row in closed if "ghost" in row] == [("local_groups", "ghost")]
    assert left_behind() == left


def tell(store: Store, classes: dict[str, list[dict[str, Any]]], position: int = 0) -> None:
    """Have the CMDB believe something else of a computer: of the first one, where no other is named."""
    with store.read() as reader:
        computer = ordered_ids(reader, ComputerSelection())[position]
    told = Told("gatherer", store.clock(), classes)
    store.write(lambda unit: store_told(unit, [(computer, told)]))


def left_behind() -> set[str]:
    """Return what lies where a gatherer could have left something."""
    places = [Path("/tmp"), Path("/var/tmp"), Path("/var/lib/itms/runs"), Path("/dev/shm"), Path.home()]
    return {str(path) for place in places if place.is_dir() for path in place.iterdir() if "itms" in path.name.lower()}


def test_it_is_a_step_of_a_job_and_takes_what_tasks_take(run: Run, ok: Run, local: Callable[..., None]) -> None:
    local("pc1", "pc2")
    ok("task", "add", "look", "--kind", "inventory", "--arg", "classes=local_groups,operating_system")
    ok("task", "add", "hello", "--command", "echo hello")
    ok("job", "add", "both", "--step", "hello", "--step", "look")
    done = run("job", "run", "both", "--all", "--transport", "local", "--batch", "1,100%", "-o", "ndjson")
    assert done.code == 0, done.err
    assert [step["message"] for line in done.lines[:-1] for step in line["steps"]] == ["", "2 whole"] * 2
    assert run("task", "run", "look", "--all", "--transport", "local").lines[0]["message"] == "2 same"
    wrong = run("task", "add", "bad", "--kind", "inventory", "--arg", "classes=softwear")
    assert (wrong.code, "software" in wrong.err) == (3, True)
    wrong = run("inventory", "run", "--all", "--collect", "hardwear", "--transport", "local")
    assert (wrong.code, "hardware" in wrong.err) == (3, True)
    assert run("inventory", "run", "--all", "--nice", "20", "--transport", "local").code == 3
    assert run("inventory", "run", "--all", "--throttle", "1h", "--splay", "1h", "--transport", "local").code == 2
    planned = ok("inventory", "run", "--all", "--dry-run", "-o", "ndjson")
    assert planned.lines[-1]["state"] == "planned"


def test_what_does_not_hold_is_asked_again_whole_and_nothing_else(run: Run, ok: Run, lab: Lab, store: Store) -> None:
    """A difference against something else, then the whole class; the other class is as it was."""
    rows = [{"name": "root", "gid": "0"}, {"name": "wheel", "gid": "10"}]

    def says(request: dict[str, Any]) -> Iterator[bytes]:
        classes = request["classes"]
        if len(rogue.asked) != 2:
            yield answered(
                *({"class": name, "state": "whole", "digest": "d", "rows": rows} for name in sorted(classes)),
                token=request["token"],
            )
            return
        forged = {"class": "local_groups", "state": "delta", "base": classes["local_groups"]["digest"], "digest": "0"}
        same = {"class": "local_users", "state": "same", "digest": classes["local_users"]["digest"]}
        yield answered(forged | {"removed": [1]}, same, token=request["token"])

    with RogueEndpoint(says) as rogue:
        ok("computer", "add", "liar", "--address", rogue.host, "--port", str(rogue.port), "--user", "u")
        argv = ("inventory", "run", "--where", "name = 'liar'", "--class", "local-groups", "--class", "local-users")
        way = ("--key", str(lab.key_file), "--accept-new", "-o", "ndjson")
        assert run(*argv, *way).lines[0]["message"] == "2 whole"
        assert run(*argv, *way).lines[0]["message"] == "1 whole, 1 same"
        assert [sorted(one["classes"]) for one in rogue.asked] == [
            ["local_groups", "local_users"], ["local_groups", "local_users"], ["local_groups"],
        ]  # fmt: skip
        assert rogue.asked[1]["classes"]["local_groups"]["rows"]
        assert rogue.asked[2]["classes"]["local_groups"] == {"digest": None, "rows": None}


def test_what_another_run_overtook_is_said_and_read_again_by_the_next(
    run: Run, ok: Run, lab: Lab, store: Store, clock: FrozenClock
) -> None:
    rows = [{"name": "root", "gid": "0"}]

    def says(request: dict[str, Any]) -> Iterator[bytes]:
        digest = request["classes"]["local_groups"]["digest"]
        one = {"class": "local_groups", "state": "whole", "digest": "d", "rows": rows}
        if len(rogue.asked) == 2:  # while it is asked, another run stores what it read
            tell(store, {"local_groups": [{"name": "wheel", "gid": "10"}]}, -1)
            one = {"class": "local_groups", "state": "same", "digest": digest}
        yield answered(one, token=request["token"])

    def unread() -> str | None:
        with store.read() as reader:
            found: str | None = reader.scalar(sa.text("SELECT unread FROM inventory_state"))
        return found

    with RogueEndpoint(says) as rogue:
        ok("computer", "add", "slow", "--address", rogue.host, "--port", str(rogue.port), "--user", "u")
        which = ("--where", "name = 'slow'", "--class", "local-groups")
        argv = ("inventory", "run", *which, "--key", str(lab.key_file), "--accept-new")
        for said, names in ((False, ["root"]), (True, ["wheel"]), (False, ["root"])):
            assert run(*argv, "-o", "ndjson").code == 0
            assert [row["name"] for row in held(store, "local_groups")[-1]] == names
            assert ("two runs read it at once" in (unread() or "")) == said
            clock.forward(hours=1)


DEATHS = [("before_dispatch", 2), ("after_exit_before_commit", 1), ("after_exit_before_commit", 2), ("after_commit", 1)]


@pytest.mark.parametrize(("checkpoint", "nth"), DEATHS)
def test_a_run_that_is_killed_loses_and_doubles_nothing(
    db: str,
    environment: dict[str, str],
    run: Run,
    ok: Run,
    store: Store,
    local: Callable[..., None],
    checkpoint: str,
    nth: int,
) -> None:
    local("pc1", "pc2", "pc3")
    argv = ("inventory", "run", "--all", "--class", "local-groups", "--transport", "local", "--concurrency", "1")
    died = subprocess.run(
        [sys.executable, "-m", "tests.tasks.driver", checkpoint, str(nth), "--db", db, *argv],
        env=environment, cwd=Path(__file__).parents[2], capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    assert died.returncode == -9, died.stderr
    stored = [bool(rows) for rows in held(store, "local_groups")]
    ended = [result["state"] == "succeeded" for result in ok("run", "show", "R-1", "-o", "json").json["results"]]
    assert stored == ended, "a result and what it brought are stored together"
    assert run("run", "reconcile", "R-1").lines[-1]["unknown"] == 0
    assert run("run", "retry", "R-1").code == 0
    shown = ok("run", "show", "R-1", "-o", "json").json
    assert (shown["state"], shown["ok"], shown["computers"]) == ("ended", 3, 3)
    assert [sorted(row["name"] for row in rows) for rows in held(store, "local_groups")] == [groups()] * 3
    with store.read() as reader:
        assert reader.scalar(sa.text("SELECT count(*) FROM inventory_closed")) == 0
    assert_invariants(store)


def test_a_computer_without_python_is_read_by_its_shell(
    gather: Callable[..., Result], local: Callable[..., None], store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gathering, "_PYTHONS", ("no-such-python",))
    local("pc1")
    argv = ("--all", "--transport", "local", "--class", "operating-system", "--class", "local-groups")
    first = gather(*argv, "--class", "processors")
    assert first.lines[0]["message"].startswith("3 whole"), first.lines[0]
    assert sorted(row["name"] for row in held(store, "local_groups")[0]) == groups()
    assert held(store, "operating_system")[0][0]["kernel_name"] == "Linux"
