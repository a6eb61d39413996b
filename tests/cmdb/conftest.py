"""What the tests of the ground share: opening stores that are closed at the end."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from itmsctl.cmdb.actor import Actor
from itmsctl.cmdb.engine import DatabasePlace, place_of
from itmsctl.cmdb.opening import open_store
from itmsctl.cmdb.store import Store
from tests.conftest import FrozenClock
from tests.servers import missing

Opened = Callable[..., Store]


@pytest.fixture
def strace() -> str:
    """Return the program that makes system calls fail; skips, or fails where it is required, on a machine without
    it.
    """
    return shutil.which("strace") or missing("strace", "no system call can be made to fail (apt-get install strace)")


@pytest.fixture
def opened(clock: FrozenClock, tmp_path: Path) -> Iterator[Opened]:
    """Open a store: `opened(url, state="mine", actor=..., adopt=True ...)`; it is closed after the test."""
    stores: list[Store] = []

    def open_one(place: DatabasePlace | str, state: str = "state", actor: Actor | None = None, **options: Any) -> Store:
        where = place if isinstance(place, DatabasePlace) else place_of(place)
        store = open_store(
            where, clock=clock, actor=actor or Actor("tester", "test"), state_folder=tmp_path / state, **options
        )
        stores.append(store)
        return store

    yield open_one
    for store in stores:
        store.close()
