"""Policy published by what has changed: each delta must leave what a look at everything finds right."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from itmsctl.agents.form import read_head, split
from itmsctl.agents.rows import agents
from itmsctl.agents.service import publishing
from itmsctl.agents.service.duty_source import document_of, is_steady, key_of, key_of_windows, suffix_of_delivery
from itmsctl.agents.service.looking import Look
from itmsctl.agents.service.policy_folder import PolicyFolder
from itmsctl.agents.service.publishing import publish
from itmsctl.agents.service.settings import AGENT_SETTINGS_SHELF
from itmsctl.cmdb.rows import meta
from itmsctl.cmdb.store import Store
from itmsctl.cmdb.work import UnitOfWork
from itmsctl.errors import BusyError, StorageError
from itmsctl.inventory.service.policies import INVENTORY_POLICIES
from itmsctl.resources.service.computers import COMPUTERS
from itmsctl.targeting.kinds import FILTER
from itmsctl.targeting.service import update
from tests.bench import agent_publish, estate

COUNT = 24


@pytest.fixture
def published(store: Store, tmp_path: Path) -> tuple[Store, Path]:
    computers = estate.add_computers(store, COUNT)
    store.write(lambda unit: agent_publish.add_agents(unit, computers))
    store.write(lambda unit: agent_publish.add_policies(unit, tmp_path))
    store.write(update.complete)
    assert publish(store).written == COUNT
    return store, tmp_path / "policy" / "agents"


def heads(folder: Path) -> dict[str, dict[str, Any]]:
    return {path.stem: read_head(split(path.read_bytes())[0]) for path in folder.iterdir()}


def change(kind: str) -> Callable[[UnitOfWork], object]:
    filters = FILTER.load_shelf()
    return {
        "nothing": lambda unit: None,
        "policy": lambda unit: INVENTORY_POLICIES.set(unit, "policy-1", {"every_s": 999_000.0}),
        "classes": lambda unit: INVENTORY_POLICIES.set(unit, "policy-2", {"collect": ["identification"]}),
        "target": lambda unit: INVENTORY_POLICIES.set(unit, "policy-3", {"target": "few"}),
        "disabled": lambda unit: INVENTORY_POLICIES.set(unit, "policy-4", {"enabled": False}),
        "removed": lambda unit: INVENTORY_POLICIES.remove(unit, "policy-5"),
        "critical": lambda unit: INVENTORY_POLICIES.set(unit, "policy-6", {"mode": "time-critical"}),
        "added": lambda unit: INVENTORY_POLICIES.add(unit, "new", {"target": "of-1", "transport": "local"}),
        "filter": lambda unit: filters.set(unit, "of-1", {"where": "port = 22"}),
        "settings": lambda unit: AGENT_SETTINGS_SHELF.set(unit, "usual", {"interval_s": 7200.0}),
        "computer": lambda unit: COMPUTERS.remove(unit, "pc-000003"),
        "revoked": lambda unit: unit.connection.execute(
            sa.update(agents).where(agents.c.guid == f"{first(unit):032x}").values(state="revoked", content=None)
        ),
        "again": lambda unit: unit.connection.execute(
            sa.update(agents).where(agents.c.guid == f"{first(unit):032x}").values(again={"of": "x", "classes": ["a"]})
        ),
    }[kind]


def first(unit: UnitOfWork) -> int:
    found: int = unit.scalar(sa.select(sa.func.min(agents.c.computer_id)))
    return found


WRITTEN = {"nothing": 0, "settings": COUNT - 2, "computer": 0, "revoked": 1, "again": 1}
KINDS = ("nothing", "policy", "classes", "target", "disabled", "removed", "critical", "added", "filter", "again",
         "revoked", "computer", "settings")  # fmt: skip


def test_a_delta_leaves_what_a_whole_look_finds(published: tuple[Store, Path]) -> None:
    store, folder = published
    for kind in KINDS:
        before = heads(folder)

        def work(unit: UnitOfWork, kind: str = kind) -> None:
            change(kind)(unit)
            unit.note("agent", seen=1)

        store.write(work)
        store.write(update.complete)
        done = publish(store)
        assert done.written == WRITTEN.get(kind, done.written), kind
        now = heads(folder)
        others = {agent for agent in now if now[agent] != before.get(agent)}
        assert len(others) == done.written, kind
        assert all(now[agent]["number"] > before[agent]["number"] for agent in others)
        store.write(_forget)
        after = publish(store)
        assert (after.written, after.removed) == (0, 0), kind
        parts = {part for head in now.values() for part in head["parts"]}
        assert {path.name for path in (folder.parent / "parts").iterdir()} == parts, kind


def _forget(unit: UnitOfWork) -> None:
    """Have the next publishing look at everything."""
    unit.connection.execute(sa.delete(meta).where(meta.c.key == "agents_published"))
    unit.note("agent", seen=1)


def test_a_policy_of_few_is_looked_at_alone(published: tuple[Store, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    store, _ = published
    monkeypatch.setattr(Look, "whole", None)
    store.write(lambda unit: INVENTORY_POLICIES.set(unit, "few", {"every_s": 7200.0}))
    assert (publish(store).written, publish(store).kept) == (1, COUNT)


def test_files_that_are_gone_or_strange_are_seen(published: tuple[Store, Path]) -> None:
    store, folder = published
    gone, *_ = folder.iterdir()
    gone.unlink()
    assert (publish(store).written, gone.exists()) == (1, True)
    (folder / f"{'f' * 32}.policy").write_bytes(b"")
    (folder / ".half.policy.x.tmp").write_bytes(b"")  # of a publisher that was killed
    assert (publish(store).removed, len(list(folder.iterdir()))) == (1, COUNT)


@contextmanager
def _full_after(count: int) -> Iterator[None]:
    put, left = PolicyFolder.put, [count]

    def limited(self: PolicyFolder, agent: str, data: bytes) -> None:
        left[0] -= 1
        if left[0] < 0:
            raise StorageError("no space left")
        put(self, agent, data)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(PolicyFolder, "put", limited)
        yield


def test_a_key_tells_what_a_source_follows_from() -> None:
    for key in (key_of("g1"), key_of("g1", "Europe/Rome")):
        assert (document_of(key), is_steady(key)) == ("g1", False)
    assert is_steady(key_of_windows("d1"))
    assert is_steady(key_of("g1", f"Europe/Rome {suffix_of_delivery('d1')}"))
    assert len({key_of("g1"), key_of("g1", "UTC"), key_of("g1", "Europe/Rome")}) == 3


def test_no_number_is_given_twice(published: tuple[Store, Path]) -> None:
    """The disk is full half way: what was written is noted, the rest comes later under other numbers."""
    store, folder = published
    store.write(lambda unit: AGENT_SETTINGS_SHELF.set(unit, "usual", {"interval_s": 7200.0}))
    with _full_after(10), pytest.raises(StorageError):
        publish(store)
    half = {agent: head["number"] for agent, head in heads(folder).items()}
    assert sorted(half.values()) == [1] * (COUNT - 10) + [2] * 10
    assert publish(store).written == COUNT - 10
    assert all(head["number"] == (2 if half[agent] == 2 else 3) for agent, head in heads(folder).items())
    assert publish(store).written == 0


def test_numbers_go_on_above_what_agents_have(published: tuple[Store, Path]) -> None:
    """The database is a backup: agents have taken newer policy than it knows of."""
    store, folder = published
    store.write(lambda unit: unit.connection.execute(sa.update(agents).values(taken=40, content=None)))
    assert publish(store).written == COUNT
    assert {head["number"] for head in heads(folder).values()} == {41}


def test_one_publishes_at_a_time(published: tuple[Store, Path]) -> None:
    store, _ = published
    with publishing._alone(store), pytest.raises(BusyError):
        publish(store)


def test_the_bench_measures_what_is_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert agent_publish.main(["--computers", "120"]) == 0, capsys.readouterr().out
    assert json.dumps(capsys.readouterr().out).count("written") == 4
