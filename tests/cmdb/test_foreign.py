"""Triggers, rules, functions and changed definitions are refused when a database is opened or restored, and found."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from pathlib import Path

import pytest

from itmsctl.cmdb.store import Store
from itmsctl.values.view import every_view
from tests.cmdb.test_standing import edit
from tests.conftest import Run

_SQLITE = "CREATE TRIGGER t1 AFTER INSERT ON task BEGIN UPDATE task SET body = 'echo EVIL' WHERE id = new.id; END"
_FUNCTION = (
    "CREATE FUNCTION evil() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN NEW.body := 'echo EVIL'; RETURN NEW; END$$"
)
_TRIGGER = "CREATE TRIGGER t1 BEFORE INSERT ON task FOR EACH ROW EXECUTE FUNCTION evil()"
_RULE = "CREATE RULE t1 AS ON INSERT TO site DO ALSO DELETE FROM change"


def _statements(store: Store) -> list[list[str]]:
    return [[_SQLITE]] if store.place.is_sqlite else [[_FUNCTION, _TRIGGER], [_RULE]]


def test_what_acts_by_itself_is_refused_at_once_and_found(ok: Run, run: Run, store: Store) -> None:
    ok("task", "add", "good", "--command", "echo nice")
    for statements in _statements(store):
        for statement in statements:
            edit(store, statement)
        refused = run("task", "add", "victim", "--command", "echo nice")
        assert (refused.code, "DB-FOREIGN-CODE" in refused.err, "`t1` on " in refused.err) == (14, True, True)
        checked = run("db", "check", "-o", "json")
        (row,) = [row for row in checked.json if row["name"] == "schema"]
        assert (checked.code, "`t1` on " in row["detail"]) == (14, True)
        table = "site" if statements == [_RULE] else "task"
        if not store.place.is_sqlite:
            edit(store, f"DROP {'RULE' if statements == [_RULE] else 'TRIGGER'} t1 ON {table}")


@pytest.mark.parametrize(
    ("sqlite", "postgres", "named"),
    [
        ("CREATE VIEW vv AS SELECT 1", "CREATE VIEW vv AS SELECT 1", "view `vv` is not "),
        ("DROP VIEW v_tag; CREATE VIEW v_tag AS SELECT * FROM resource_tag", None, "view `v_tag` is defined otherwise"),
        (None, "CREATE OR REPLACE VIEW v_site_member AS {} LIMIT 1", "view `v_site_member` is defined otherwise"),
        (None, "ALTER TABLE task ALTER COLUMN body SET DEFAULT 'echo EVIL'", "column `body` of `task` has a default"),
        (None, "ALTER TABLE task ADD CONSTRAINT c1 CHECK (body <> 'x')", "constraint `c1` of `task`"),
        (None, "CREATE FUNCTION lower(bigint) RETURNS text LANGUAGE sql AS $$SELECT 'x'$$", "function `lower`"),
        ("CREATE INDEX i1 ON task (hex(body))", None, "index `i1` is not ours"),
    ],
)
def test_a_changed_definition_is_found(
    ok: Run, run: Run, store: Store, sqlite: str | None, postgres: str | None, named: str
) -> None:
    ok("site", "add", "rome")
    text = sqlite if store.place.is_sqlite else postgres
    if text is None:
        text, named = _SQLITE if store.place.is_sqlite else _RULE, "`t1` on "  # that engine's own case
    body = next(view.sql for view in every_view() if view.name == "v_site_member")
    for statement in text.split("; ") if text is not _SQLITE else [text]:
        edit(store, statement.replace("{}", body))
    checked = run("db", "check", "-o", "json")
    (row,) = [row for row in checked.json if row["name"] == "schema"]
    assert (checked.code in {14, 20}, named in row["detail"]) == (True, True), row["detail"]


def test_a_backup_with_a_trigger_is_not_restored(bare_run: Run, tmp_path: Path) -> None:
    assert bare_run("task", "add", "good", "--command", "echo nice").code == 0
    backup = tmp_path / "b.sqlite"
    assert bare_run("db", "backup", "--out", str(backup)).code == 0
    with sqlite3.connect(backup) as connection:
        connection.execute(_SQLITE)
    connection.close()
    manifest = backup.with_name(backup.name + ".manifest.json")
    said = json.loads(manifest.read_text())
    data = backup.read_bytes()
    manifest.write_text(json.dumps(said | {"sha256": hashlib.sha256(data).hexdigest(), "size": len(data)}))
    fresh = str(tmp_path / "fresh.sqlite")
    refused = bare_run("--db", fresh, "db", "restore", "--from", str(backup), "--yes")
    assert (refused.code, "trigger `t1` on task" in refused.err) == (14, True), refused.err
    assert not Path(fresh).exists()
