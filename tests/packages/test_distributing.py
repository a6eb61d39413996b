"""Packages copied to real package servers over SSH: whole, read back, resumed, and never seen half."""

from __future__ import annotations

from pathlib import Path

from tests.packages.conftest import Fleet


def _visible(root: Path) -> list[str]:
    return sorted(path.name for path in root.iterdir() if not path.name.startswith("."))


def test_a_package_goes_to_all_servers_once_and_is_ready(fleet: Fleet) -> None:
    roots = [fleet.add(0), fleet.add(1)]
    digest = fleet.package()
    assert fleet.states() == {"s1": "pending", "s2": "pending"}
    result = fleet.run("package", "distribute", "tool", *fleet.way)
    assert result.code == 0, result.err
    assert fleet.states() == {"s1": "ready", "s2": "ready"}
    for root in roots:
        assert _visible(root) == [digest, f"{digest}.json"]
        assert (root / digest / "sub dir" / "ünï 'q'.txt").read_bytes() == b"small\n"
        assert (root / digest / "empty").stat().st_size == 0
    rows = fleet.ok("package", "servers", "tool", "-o", "json").json
    assert [row["sent_bytes"] for row in rows] == [9_000_006, 9_000_006]
    again = fleet.run("package", "distribute", "tool", *fleet.way, "-o", "json")
    assert again.code == 0
    assert "there already" in again.out
