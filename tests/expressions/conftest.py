from __future__ import annotations

import pytest
import sqlalchemy as sa
from sqlalchemy import event

from itmsctl.expressions.dialects import sqlite_functions
from tests.expressions import world
from tests.servers.postgres import postgres_server

__all__ = ["postgres_server"]


@pytest.fixture(scope="session")
def sqlite_engine(tmp_path_factory):
    engine = sa.create_engine(f"sqlite:///{tmp_path_factory.mktemp('world')}/world.db")

    @event.listens_for(engine, "connect")
    def _arm(dbapi, _record):
        dbapi.execute("pragma synchronous=off")
        for name, arguments, call in sqlite_functions():
            dbapi.create_function(name, arguments, call, deterministic=True)

    world.metadata.create_all(engine)
    yield engine
    engine.dispose()


@pytest.fixture(scope="session")
def postgres_engine(postgres_server):
    # Another collation and another time zone than ours: neither may show.
    with postgres_server.database("expressions", icu_locale="en-US"):
        postgres_server.execute("alter database expressions set timezone = 'Asia/Kolkata'")
        engine = sa.create_engine(postgres_server.url("expressions"))
        world.metadata.create_all(engine)
        yield engine
        engine.dispose()


@pytest.fixture(scope="session", params=["sqlite", "postgresql"])
def engine(request):
    name = "sqlite_engine" if request.param == "sqlite" else "postgres_engine"
    return request.getfixturevalue(name)
