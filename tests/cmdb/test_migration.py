"""`.ci/migration.py`: what differs from the newest revision becomes a migration that both engines run."""

from __future__ import annotations

import importlib.util
import shutil
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest
import sqlalchemy as sa

from itmsctl.cmdb import compare, schema, views
from itmsctl.cmdb.engine import DatabasePlace, open_engine
from itmsctl.cmdb.types import Big, Json, Moment, Text
from tests.house import ROOT

pytest.importorskip("alembic")
MOMENT = "2026-01-05T09:00:00.000000Z"


@pytest.fixture
def tool() -> ModuleType:
    spec = importlib.util.spec_from_file_location("migration", ROOT / ".ci/migration.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def changed() -> sa.MetaData:
    """Return the declared tables with a change of every kind."""
    metadata = sa.MetaData()
    for table in compare.declared().tables.values():
        table.to_metadata(metadata)
    site = metadata.tables["site"]
    site.append_column(sa.Column("no_field_of_a_site", Text()))
    site.append_column(sa.Column("floors", sa.Integer(), nullable=False))
    site.append_column(sa.Column("label", Text(), nullable=False))
    site.append_column(sa.Column("view_id", sa.Integer(), sa.ForeignKey("org_view.id"), index=True))
    subnet = metadata.tables["subnet"]
    subnet._columns.remove(subnet.c.boot_relay)  # type: ignore[attr-defined]  # there is no public way
    sa.Table(
        "visit", metadata,
        sa.Column("id", Big, primary_key=True), sa.Column("site_id", sa.ForeignKey("site.id"), nullable=False),
        sa.Column("at", Moment(), nullable=False), sa.Column("what", Json()), sa.Column("who", Text(), unique=True),
    )  # fmt: skip
    return metadata


def test_the_tables_of_today_need_no_migration(tool: ModuleType) -> None:
    assert tool.bodies(compare.declared()) is None


def test_the_command_says_that_there_is_nothing_to_do() -> None:
    versions = sorted((schema.FOLDER / "versions").iterdir())
    done = subprocess.run(
        [sys.executable, ROOT / ".ci/migration.py", "nothing"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout.startswith("the tables are those of the newest revision")) == (0, True)
    assert sorted((schema.FOLDER / "versions").iterdir()) == versions
    bare = subprocess.run([sys.executable, ROOT / ".ci/migration.py"], capture_output=True, text=True, check=False)
    assert (bare.returncode, "usage: " in bare.stderr) == (2, True)


def test_what_differs_becomes_a_migration_that_both_engines_run(
    tool: ModuleType, place: DatabasePlace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _fill(place)
    before, after = schema.HEAD, f"{int(schema.HEAD) + 1:04}"
    metadata = changed()
    up, down = tool.bodies(metadata)
    cmdb = tmp_path / "cmdb"
    shutil.copytree(schema.FOLDER, cmdb / "migrations", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(Path(schema.__file__), cmdb)
    path = tool.write(cmdb, "Visits, and a contact.", up, down)
    assert path.name == f"{after}_visits_and_a_contact.py"
    assert f'HEAD = "{after}"' in (cmdb / "schema.py").read_text()
    assert "from itmsctl.cmdb.types import Big, Json, Moment, Text\n" in path.read_text()
    monkeypatch.setattr(schema, "FOLDER", cmdb / "migrations")
    monkeypatch.setattr(schema, "HEAD", after)
    monkeypatch.setattr(views, "every_view", lambda: ())  # some read a column that is gone here
    assert schema.migrate(place) == (before, after)
    assert _differences(place, metadata) == []
    assert _sites(place) == [("rome", None, 0, "")]
    assert schema.migrate(place, target="base") == (after, None)


def test_a_column_whose_first_value_nobody_knows_is_refused(tool: ModuleType) -> None:
    metadata = sa.MetaData()
    for table in compare.declared().tables.values():
        table.to_metadata(metadata)
    metadata.tables["site"].append_column(sa.Column("opened_at", Moment(), nullable=False))
    with pytest.raises(tool.CannotError, match=r"`site\.opened_at` may not be empty"):
        tool.bodies(metadata)


def _fill(place: DatabasePlace) -> None:
    engine = open_engine(place, purpose="test")
    with engine.connect().execution_options(itms_write=True) as connection:
        names = "id, guid, name, name_key, revision, origin, changed_by, management_server, force_task_servers"
        connection.exec_driver_sql(
            f"INSERT INTO site ({names}, created_at, changed_at)"
            f" VALUES (7, 'g', 'rome', 'rome', 1, 'o', 1, false, false, '{MOMENT}', '{MOMENT}')"
        )
        connection.commit()
    engine.dispose()


def _differences(place: DatabasePlace, metadata: sa.MetaData) -> list[str]:
    engine = open_engine(place, purpose="test")
    with engine.connect() as connection:
        found = compare.differences(connection, metadata)
    engine.dispose()
    return [text for text in found if not text.startswith("data class ")]  # there are no views here


def _sites(place: DatabasePlace) -> list[tuple[object, ...]]:
    engine = open_engine(place, purpose="test")
    with engine.connect() as connection:
        rows = connection.exec_driver_sql("SELECT name, no_field_of_a_site, floors, label FROM site").all()
    engine.dispose()
    return [tuple(row) for row in rows]
