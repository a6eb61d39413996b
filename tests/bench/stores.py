"""Fresh CMDBs for benchmarks: on SQLite, and on a PostgreSQL server where a URL is given or one can be started."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from itmsctl.cmdb.actor import Actor
from itmsctl.cmdb.engine import place_of
from itmsctl.cmdb.opening import open_store
from itmsctl.cmdb.schema import migrate
from itmsctl.cmdb.store import Store
from itmsctl.values.names import new_guid
from itmsctl.values.times import system_clock


def on_both(argv: Sequence[str], number: int) -> Iterator[list[Store]]:
    """Yield so many fresh stores, first on SQLite, then on a server: `postgresql://USER@HOST/postgres`."""
    with tempfile.TemporaryDirectory() as folder:
        yield from _opened([str(Path(folder) / f"{n}.sqlite") for n in range(number)], Path(folder))
        for url in argv:
            import psycopg

            names = [f"bench_{new_guid()[:8]}" for _ in range(number)]
            with psycopg.connect(url, autocommit=True) as server:
                for name in names:
                    server.execute(f'CREATE DATABASE "{name}"')
                yield from _opened([url.rpartition("/")[0] + f"/{name}" for name in names], Path(folder))
                for name in names:
                    server.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


def _opened(places: Sequence[str], folder: Path) -> Iterator[list[Store]]:
    for place in places:
        if "://" in place:
            migrate(place_of(place))
    stores = [
        open_store(place_of(place), clock=system_clock, actor=Actor("bench", "bench"), state_folder=folder / "state")
        for place in places
    ]
    yield stores
    for store in stores:
        store.close()
