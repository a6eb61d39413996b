"""A sample of `copy_faults` and `fetch_faults`: one offset of each kind, in the middle of the package."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from examples.lab.ssh_endpoints import Lab
from tests.packages import fetch_faults
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


@pytest.mark.parametrize("kind", [kind for kind in fetch_faults.KINDS if kind != "stall"])
def test_a_fault_of_what_an_endpoint_takes_is_gone_on_from(kind: str, tmp_path: Path) -> None:
    small = fetch_faults.in_small_pieces()
    next(small)
    try:
        one = fetch_faults.trial(fetch_faults.Download(tmp_path), kind, SIZE // 2)
    finally:
        next(small, None)
    assert one.fault == ""
