"""What does not wait for a schedule: merges, removals and secrets go with the next tick (HIER-11 to HIER-13)."""

from __future__ import annotations

from typing import Any

import pytest

from itmsctl.errors import UnreachableError
from itmsctl.replication.service.channels import DirectChannel
from tests.conftest import FrozenClock, Run


@pytest.fixture(autouse=True)
def replicated(ok: Run, rome: Any) -> None:
    """Have both servers replicated once."""
    rome("replication-rule", "set", "resources-up", "--purge")
    rome("replication", "run")
    ok("replication", "run")


def _names(run: Any) -> dict[str, str]:
    return {one["name"]: one["id"] for one in run("computer", "list", "--json").json}


def test_a_removal_goes_up_with_the_next_tick(ok: Run, rome: Any, clock: FrozenClock) -> None:
    clock.sleep(60)
    assert "resources-up" not in rome("schedule", "tick").err
    rome("computer", "add", "pc3")
    rome("schedule", "tick")
    assert set(_names(ok)) == {"pc1", "pc2"}, "what is new waits for its schedule"
    clock.sleep(60)
    rome("computer", "remove", "pc2", "--yes")
    assert "resources-up -> head: sent" in rome("schedule", "tick").err
    assert set(_names(ok)) == {"pc1", "pc3"}
    assert "resources-up" not in rome("schedule", "tick").err


def test_a_merge_of_the_parent_is_told_to_its_children(ok: Run, rome: Any, clock: FrozenClock) -> None:
    for name in ("mine", "mine2"):
        ok("computer", "add", name)
    ok("replication-rule", "add", "computers-down", "--kind", "computer", "--direction", "down")
    ok("replication", "run")
    before = _names(rome)
    assert set(before) == {"pc1", "pc2", "mine", "mine2"}
    clock.sleep(60)
    ok("computer", "merge", "mine", "mine2", "--yes")
    ok("replication-rule", "disable", "computers-down")  # merges are told whatever rules say
    assert "at once -> rome: 1 merge told" in ok("schedule", "tick").err
    assert _names(rome) == {name: guid for name, guid in before.items() if name != "mine2"}
    clock.sleep(60)
    assert "at once" not in ok("schedule", "tick").err
    ok("replication-rule", "enable", "computers-down")
    for run in (ok, rome, ok):
        run("replication", "run")
        assert set(_names(ok)) == set(_names(rome)) == {"pc1", "pc2", "mine"}


def test_who_is_not_reached_is_tried_again_later(
    ok: Run, rome: Any, clock: FrozenClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    deliver = DirectChannel.deliver

    def fail(*_: Any) -> Any:
        raise UnreachableError("the line is down")

    monkeypatch.setattr(DirectChannel, "deliver", fail)
    clock.sleep(60)
    rome("computer", "remove", "pc2", "--yes")
    ok("computer", "add", "mine")
    ok("computer", "add", "mine2")
    ok("computer", "merge", "mine", "mine2", "--yes")
    assert "the line is down" in rome("schedule", "tick").err
    assert "the line is down" in ok("schedule", "tick").err
    monkeypatch.setattr(DirectChannel, "deliver", deliver)
    clock.sleep(60)
    assert "resources-up" not in rome("schedule", "tick").err
    assert "at once" not in ok("schedule", "tick").err
    clock.sleep(15 * 60)
    assert "resources-up -> head: sent" in rome("schedule", "tick").err
    assert "1 merge told" in ok("schedule", "tick").err
    assert set(_names(ok)) == {"pc1", "mine"}
