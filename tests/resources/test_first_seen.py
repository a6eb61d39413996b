"""When an identity value was first seen stays, whatever else changes of the list that it stands in; on both engines."""

from __future__ import annotations

from tests.conftest import FrozenClock, Run


def _seen(ok: Run, name: str) -> dict[str, str]:
    return {row["value"]: row["first_seen"] for row in ok("computer", "show", name).json["identities"]}


def test_other_values_do_not_make_a_value_younger(ok: Run, clock: FrozenClock) -> None:
    ok("computer", "add", "p1", "--serial", "S1", "--mac", "00:1b:21:3c:4d:5e")
    first = _seen(ok, "p1")
    clock.forward(days=2)
    ok("computer", "set", "p1", "--serial", "S1", "--serial", "S2")
    later = _seen(ok, "p1")
    assert later["S1"] == first["S1"]
    assert later["00:1b:21:3c:4d:5e"] == first["00:1b:21:3c:4d:5e"]
    assert later["S2"] > first["S1"]
    clock.forward(days=2)
    ok("computer", "import", "-", stdin="name,serial\np1,S1;S2;S3\n")
    assert {value: _seen(ok, "p1")[value] for value in ("S1", "S2")} == {"S1": first["S1"], "S2": later["S2"]}


def test_a_merge_and_a_split_keep_both(ok: Run, clock: FrozenClock) -> None:
    ok("computer", "add", "old", "--serial", "S1", "--serial", "B")
    old = _seen(ok, "old")
    clock.forward(days=1)
    ok("computer", "add", "new", "--serial", "S2", "--serial", "B", "--shared")
    new = _seen(ok, "new")
    clock.forward(days=1)
    ok("computer", "merge", "new", "old", "--yes")
    assert _seen(ok, "new") == {"S1": old["S1"], "S2": new["S2"], "B": old["B"]}
    clock.forward(days=1)
    ok("computer", "split", "old")
    assert (_seen(ok, "new")["S2"], _seen(ok, "old")) == (new["S2"], old)
