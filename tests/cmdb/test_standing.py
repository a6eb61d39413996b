"""Every object is compared with what the audit said of it last: what was changed past the program is named."""

from __future__ import annotations

import pytest

from itmsctl.cmdb.store import Store
from tests.conftest import FrozenClock, Run


@pytest.fixture
def estate(ok: Run) -> None:
    ok("site", "add", "rome", "--region", "Lazio")
    ok("subnet", "add", "10.0.0.0/24", "--site", "rome")
    ok("computer", "add", "c1", "--address", "10.0.0.5", "--tag", "env=prod", "--serial", "SN-77-1")
    ok("filter", "add", "prod", "--where", "tags.env = 'prod'")
    ok("task", "add", "patch", "--command", "echo nice")


def edit(store: Store, statement: str) -> None:
    with store.engine.connect().execution_options(itms_write=True) as connection:
        connection.exec_driver_sql(statement)
        connection.commit()


EDITS = [
    ("UPDATE computer SET port = 42331", "computer `c1`", "port"),
    ("UPDATE computer_address SET text = '127.66.1.1'", "computer `c1`", "address"),
    ("UPDATE resource_tag SET value = 'test'", "computer `c1`", "tags"),
    ("UPDATE computer_identity SET value = 'SN-77-2'", "computer `c1`", "serial"),
    ("UPDATE computer_identity SET value_key = 'other'", "computer `c1`", "serial"),
    ("UPDATE task SET body = 'echo PWNED'", "task `patch`", "body"),
    ("UPDATE task SET changed_by = changed_by - 1", "task `patch`", "changed_by"),
    ("UPDATE task SET revision = 7", "task `patch`", "revision"),
    ("DELETE FROM task", "task `patch`", "is gone"),
    ("UPDATE subnet SET name_key = '10.0.1.0/24'", "subnet `10.0.0.0/24`", "name_key"),
    ("UPDATE filter SET classes = '[]'", "filter `prod`", "classes"),
    ("UPDATE site SET guid = '11111111-2222-4333-8444-555555555555'", "site `rome`", "never recorded"),
]


@pytest.mark.parametrize(("statement", "who", "what"), EDITS, ids=[e[0][:40] for e in EDITS])
def test_an_edit_is_named(estate: None, ok: Run, run: Run, store: Store, statement: str, who: str, what: str) -> None:
    ok("audit", "verify")
    edit(store, statement)
    told = run("audit", "verify")
    assert (told.code, who in told.err, what in told.err) == (14, True, True), told.err
    checked = run("db", "check", "-o", "json")
    assert checked.code == 14
    (row,) = [row for row in checked.json if row["name"] == "objects"]
    assert (row["result"], who in row["detail"]) == ("failed", True)


def test_a_purge_of_the_audit_keeps_what_is_compared(
    estate: None, ok: Run, run: Run, store: Store, clock: FrozenClock
) -> None:
    ok("site", "add", "oslo")
    ok("site", "remove", "oslo", "--confirm", "oslo")
    for _ in range(2):  # what one purge kept, the next one keeps too
        clock.forward(days=10)
        ok("db", "purge", "--changes", "1d", "--yes")
        ok("audit", "verify")
    ok("site", "set", "rome", "--region", "Umbria")
    ok("db", "check")
    edit(store, "UPDATE task SET body = 'echo PWNED'")
    assert "task `patch`" in run("audit", "verify").err
    assert run("db", "check").code == 14
