"""A sample of `python -m tests.packages.copy_faults`: one offset of each kind, in the middle of the package."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from examples.lab.ssh_endpoints import Lab
from tests.packages.copy_faults import KINDS, SIZE, Scene, in_small_pieces, trial


@pytest.fixture
def small_pieces() -> Iterator[None]:
    """Packages of small pieces."""
    yield from in_small_pieces()


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "stall"])
def test_a_fault_leaves_nothing_wrong_and_is_gone_on_from(
    kind: str, ssh_lab: Lab, tmp_path: Path, small_pieces: None
) -> None:
    one = trial(Scene(ssh_lab, tmp_path), kind, SIZE // 2)
    assert one.fault == ""
