"""Servers for tests of what arrives."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from itmsctl.cmdb.store import Store
from tests.conftest import FrozenClock, Result, Run
from tests.replication.servers import InFiles, TestServer, assert_audit


@pytest.fixture
def here(store: Store) -> Iterator[TestServer]:
    """Return the server that receives: on both engines. Its audit holds at the end."""
    yield TestServer("here", store)
    assert_audit(store)


@pytest.fixture
def server(sqlite_template: Path, tmp_path: Path, clock: FrozenClock) -> Iterator[Callable[[str], TestServer]]:
    """Return what opens further servers, each on a file."""
    opened: list[TestServer] = []
    databases = InFiles(tmp_path, sqlite_template)

    def make(name: str) -> TestServer:
        opened.append(databases.make(name, clock))
        return opened[-1]

    yield make
    for one in opened:
        assert_audit(one.store)
        one.store.close()


@pytest.fixture
def parent(here: TestServer, server: Callable[[str], TestServer]) -> TestServer:
    """Return the parent of the server that receives."""
    found = server("head")
    here.link(found, "parent")
    return found


@pytest.fixture
def child(here: TestServer, server: Callable[[str], TestServer]) -> TestServer:
    """Return a child of the server that receives."""
    found = server("rome")
    here.link(found, "child")
    return found


@pytest.fixture
def rome(ok: Run, bare_run: Run, tmp_path: Path) -> Callable[..., Result]:
    """Return what runs commands at a child of the server of `ok`; it has two computers, pc1 and pc2."""
    place = str(tmp_path / "rome.sqlite")
    ok("hierarchy", "init", "head")
    ok("hierarchy", "add-child", "rome", "--db", place)

    def there(*words: str, code: int = 0) -> Result:
        found = bare_run("--db", place, *words)
        assert found.code == code, found.err
        return found

    for name in ("pc1", "pc2"):
        there("computer", "add", name)
    return there
