"""The `server` group as a user meets it, on both databases."""

from __future__ import annotations

import pytest

from tests.conftest import Run


@pytest.fixture
def estate(ok: Run) -> Run:
    for site in ("rome", "oslo"):
        ok("site", "add", site)
    ok("subnet", "add", "10.1.0.0/16", "--site", "rome")
    ok("computer", "add", "s1", "--address", "10.1.0.1")
    ok("computer", "add", "s2")
    return ok


def test_add_list_show(estate: Run) -> None:
    estate("server", "add", "S1", "--service", "task", "--service", "package", "--constrained")
    estate("server", "add", "s2", "--service", "boot", "--site", "OSLO", "--desktop-os", "--max-sessions", "10")
    rows = estate("server", "list", "-o", "json").json
    for row in rows:
        del row["id"]
    blank = {"revision": 1, "description": None, "cores": None, "ram_gb": None, "disk_gb": None, "virtual": False,
             "folder": None, "urls": [], "rate_kbit": None}  # fmt: skip
    assert rows == [
        {"name": "s1", "services": ["task", "package"], "constrained": True, "sites": [], "desktop_os": False,
         "max_sessions": None, "serves": ["rome"], "subnets": ["10.1.0.0/16"], **blank},
        {"name": "s2", "services": ["boot"], "constrained": False, "sites": ["oslo"], "desktop_os": True,
         "max_sessions": 10, "serves": ["oslo"], "subnets": [], **blank},
    ]  # fmt: skip
    assert estate("server", "list", "--service", "package", "--site", "rome", "-o", "name").out == "s1\n"
    assert estate("server", "list", "--service", "package", "--site", "oslo", "-o", "name").out == ""
    shown = estate("server", "show", "s2").json
    assert shown["reasons"] == [{"site": "oslo", "why": "assigned to site `oslo`"}]
    rome = estate("site", "show", "rome").json
    assert (rome["computers"], rome["subnets"]) == (1, [{"name": "10.1.0.0/16", "computers": 1}])
    assert [(one["name"], one["why"]) for one in rome["servers"]] == [("s1", "in `10.1.0.0/16` of site `rome`")]
    assert estate("computer", "show", "s1").json["server"][0]["services"] == ["task", "package"]


def test_add_is_idempotent_whatever_the_order(run: Run, estate: Run) -> None:
    words = ("--service", "package", "--service", "task", "--site", "rome", "--site", "oslo")
    estate("server", "add", "s1", *words)
    again = ("--service", "task;package", "--site", "oslo", "--site", "ROME", "--site", "oslo")
    assert estate("server", "add", "s1", *again).err == "s1: unchanged\n"
    assert run("server", "add", "s1", "--service", "boot").code == 6


def test_what_cannot_be(run: Run, estate: Run) -> None:
    unknown = run("server", "add", "new pc", "--service", "package")
    assert (unknown.code, "itmsctl computer add 'new pc'" in unknown.err) == (5, True)
    assert run("server", "add", "s1").code == 3
    assert run("server", "add", "s1", "--service", "pakage").code == 3
    assert run("server", "add", "s1", "--service", "package", "--site", "nowhere").code == 5
    assert run("server", "add", "s1", "--service", "package", "--max-sessions", "0").code == 3
    estate("server", "add", "s1", "--service", "package")
    assert run("server", "set", "s1", "--unset", "services").code == 3
    renamed = run("server", "set", "s1", "--rename", "x")
    assert (renamed.code, "itmsctl computer set s1 --rename x" in renamed.err) == (3, True)


def test_a_server_bears_its_computers_name(estate: Run) -> None:
    guid = estate("server", "add", "s1", "--service", "package", "-o", "json").json["id"]
    estate("computer", "set", "s1", "--rename", "depot")
    assert estate("server", "show", "depot").json["id"] == guid
    computer = estate("computer", "show", "depot").json["id"]
    assert estate("server", "show", computer).json["id"] == guid
    assert len(estate("history", "server", "depot", "-o", "json").json) == 2


def test_who_is_used_is_not_removed(run: Run, estate: Run) -> None:
    estate("server", "add", "s2", "--service", "package", "--site", "oslo")
    computer = run("computer", "remove", "s2", "--yes")
    assert (computer.code, "itmsctl server remove s2" in computer.err) == (6, True)
    site = run("site", "remove", "oslo", "--confirm", "oslo")
    assert (site.code, "server `s2`" in site.err) == (6, True)
    estate("server", "remove", "s2", "--dry-run")
    assert estate("server", "list", "-o", "name").out == "s2\n"
    estate("server", "remove", "s2", "--confirm", "s2")
    estate("site", "remove", "oslo", "--confirm", "oslo")
    estate("computer", "remove", "s2", "--yes")


def test_a_merge_takes_the_role_along(run: Run, estate: Run) -> None:
    estate("server", "add", "s2", "--service", "package", "--site", "oslo")
    estate("server", "add", "s1", "--service", "task")
    both = run("computer", "merge", "s1", "s2", "--yes")
    assert (both.code, "both site servers" in both.err) == (6, True)
    estate("server", "remove", "s1", "--confirm", "s1")
    estate("computer", "merge", "s1", "s2", "--yes")
    assert estate("server", "show", "s1").json["serves"] == ["oslo", "rome"]
