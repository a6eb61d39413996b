"""Views that another version defines otherwise are made anew: by `db upgrade`, and by a restore."""

from __future__ import annotations

from pathlib import Path

import pytest

from itmsctl.cmdb import schema
from itmsctl.cmdb.engine import place_of
from itmsctl.cmdb.store import Store
from tests.cmdb.test_standing import edit
from tests.conftest import Run

OLDER = "SELECT cs.computer_id, n.name AS subnet FROM computer_site cs JOIN subnet n ON n.id = cs.subnet_id"


def older(store: Store) -> None:
    """Let the views be those of an earlier version: one without a column, one more, one less."""
    edit(store, "DROP VIEW v_computer_site")
    edit(store, f"CREATE VIEW v_computer_site AS {OLDER}")
    edit(store, "CREATE VIEW v_gone AS SELECT name FROM site")
    edit(store, "DROP VIEW v_site")


def test_views_of_an_earlier_version_are_made_anew(ok: Run, run: Run, store: Store) -> None:
    ok("site", "add", "rome")
    ok("db", "upgrade")  # what comes with a new database is put into this one
    assert ok("db", "upgrade", "-o", "json").json["action"] == "unchanged"
    older(store)
    refused = run("computer", "list", "--where", "sites(site = 'rome')")
    assert (refused.code, "try: itmsctl db upgrade" in refused.err) == (11, True), refused.err
    checked = run("db", "check", "-o", "json")
    (row,) = [row for row in checked.json if row["name"] == "schema"]
    assert "view `v_computer_site` is defined otherwise: itmsctl db upgrade" in row["detail"]
    assert "view `v_gone` is not ours: itmsctl db upgrade" in row["detail"]
    dry = ok("db", "upgrade", "--dry-run", "-o", "json").json
    assert (dry["action"], dry["views"]) == ("upgraded", ["v_computer_site", "v_gone", "v_site"])
    assert run("db", "check").code != 0
    done = ok("db", "upgrade", "-o", "json")
    assert (done.json["before"], done.json["after"], done.json["backup"]) == (schema.HEAD, schema.HEAD, None)
    assert "views made again: v_computer_site, v_gone, v_site" in done.err
    assert ok("db", "check", "-o", "json").code == 0
    assert ok("computer", "list", "--where", "sites(site = 'rome')", "-o", "name").out == ""
    assert ok("db", "upgrade", "-o", "json").json["action"] == "unchanged"


def test_a_backup_made_by_an_earlier_version_is_restored_with_the_views_of_this_one(
    ok: Run, bare_run: Run, store: Store, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    ok("site", "add", "rome")
    older(store)
    backup = tmp_path / "backup"
    ok("db", "backup", "--out", str(backup))
    if store.place.is_sqlite:
        fresh = str(tmp_path / "fresh.sqlite")
    else:
        server = request.getfixturevalue("postgres_server")
        fresh = server.create_database(f"itms_renewed_{tmp_path.name}"[:60].lower())
    restored = bare_run("--db", fresh, "db", "restore", "--from", str(backup), "--yes")
    assert restored.code == 0, restored.err
    assert bare_run("--db", fresh, "computer", "list", "--where", "sites(site = 'rome')").code == 0
    assert schema.renew(place_of(fresh)) == ([], [])


def test_what_this_version_made_is_its_own(store: Store) -> None:
    assert schema.renew(store.place) == ([], [])
