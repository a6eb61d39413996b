"""Real Debian systems, made by debootstrap: one with Python and one without; `tests.bench.debian_systems` tries six."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.inventory.systems import Cli, checked
from tests.servers import missing
from tests.servers.debian import PYTHON, debian_systems, lacking

LEAST = {"snake": 25, "shell": 25}


@pytest.mark.timeout(900)  # debootstrap takes its time on a busy machine
def test_what_is_held_is_what_their_own_tools_tell_and_nothing_is_left(tmp_path: Path) -> None:
    if lacks := lacking():
        missing("debian", lacks)
    packages = {"snake": (PYTHON,), "shell": ()}
    with debian_systems(packages, tmp_path / "kept", tmp_path) as systems:
        found = checked(systems, Cli(tmp_path / "home", systems[0].inside))
    assert {one.name: one.wrong for one in found} == {name: [] for name in packages}
    for one in found:
        assert len(one.filled) >= LEAST[one.name], (one.name, sorted(one.filled))
        assert all(one.reasons)
        assert len(one.compared) >= 9
