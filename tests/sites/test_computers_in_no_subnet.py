"""`site check`: computers that no subnet holds, relayed boot requests, servers that cannot be; on both engines."""

from __future__ import annotations

import shlex
from typing import Any

import pytest

from tests.conftest import Run


@pytest.fixture
def rome(ok: Run) -> Run:
    ok("site", "add", "rome")
    ok("subnet", "add", "10.0.0.0/24", "--site", "rome")
    return ok


def _found(run: Run, id_: str) -> list[dict[str, Any]]:
    return [row for row in run("site", "check", "-o", "json").json if row["id"] == id_]


def test_computers_in_no_subnet_are_counted_by_range(run: Run, rome: Run) -> None:
    rows = ["name,address"]
    rows += [f"lost{n},172.31.1.{n}" for n in range(1, 4)]
    rows += ["six1,2001:db8:1:2::1", "six2,2001:db8:1:2:ffff::1", "other,172.31.2.1;172.31.1.9"]
    rows += ["here,10.0.0.1", "both,10.0.0.2;192.0.2.1", "self,127.0.0.1", "link,fe80::1%eth0", "named,pc.example.com"]
    rome("computer", "import", "-", stdin="\n".join(rows) + "\n")
    found = _found(run, "computers-without-subnet")
    assert [(row["severity"], row["object"], row["what"]) for row in found] == [
        ("warning", "172.31.1.0/24", "3 computers in 172.31.1.0/24, which no subnet holds"),
        ("warning", "172.31.2.0/24", "1 computer in 172.31.2.0/24, which no subnet holds"),
        ("warning", "2001:db8:1:2::/64", "2 computers in 2001:db8:1:2::/64, which no subnet holds"),
    ]
    assert run("site", "check").code == 20
    for row in found:
        rome(*shlex.split(row["fix"].replace("SITE", "rome"))[1:])
    assert _found(run, "computers-without-subnet") == []
    assert rome("computer", "show", "lost1").json["site"] == ["rome"]
    (without,) = _found(run, "computers-without-address")
    assert (without["severity"], without["what"]) == ("info", "1 computer without an IP address")


def test_many_ranges_are_summed_up(run: Run, rome: Run) -> None:
    rows = "".join(f"pc{n},172.16.{n}.1\n" for n in range(30))
    rome("computer", "import", "-", stdin="name,address\n" + rows + "first,172.16.29.2\n")
    found = _found(run, "computers-without-subnet")
    assert len(found) == 21
    (rest,) = (row for row in found if row["object"] == "estate")
    assert rest["what"] == "10 computers in 10 more ranges that no subnet holds"
    assert "172.16.29.0/24" in [row["object"] for row in found]  # most computers first
    listed = shlex.split(rest["fix"])[1:]
    assert len(rome(*listed, "-o", "name").out.split()) == 31


def test_an_estate_without_sites_is_not_told_of_subnets(run: Run, ok: Run) -> None:
    ok("computer", "add", "pc1", "--address", "10.0.0.1")
    assert _found(run, "computers-without-subnet") == []


def test_a_subnet_records_how_boot_requests_leave_it(run: Run, rome: Run) -> None:
    rome("subnet", "add", "10.0.1.0/24", "--site", "rome")
    rome("subnet", "add", "10.0.2.0/24")
    rome("computer", "add", "boot1", "--address", "10.0.0.9", "--os-family", "windows")
    rome("server", "add", "boot1", "--service", "boot")
    (across,) = _found(run, "boot-across-router")
    assert [row["object"] for row in _found(run, "no-boot-server")] == ["10.0.2.0/24"]
    rome(*shlex.split(across["fix"])[1:])
    assert rome("subnet", "show", "10.0.1.0/24").json["boot_relay"] == "ip-helper"
    rome("subnet", "set", "10.0.2.0/24", "--boot-relay", "dhcp-forced")
    assert (_found(run, "boot-across-router"), _found(run, "no-boot-server")) == ([], [])
    assert run("subnet", "set", "10.0.2.0/24", "--boot-relay", "pigeon").code == 3
    rome("subnet", "set", "10.0.2.0/24", "--unset", "boot-relay")
    assert len(_found(run, "no-boot-server")) == 1


def test_a_computer_that_can_host_nothing_is_no_server(run: Run, rome: Run) -> None:
    rome("computer", "add", "mac1", "--address", "10.0.0.5", "--os-family", "mac")
    rome("computer", "add", "lin1", "--address", "10.0.0.6", "--os-family", "linux")
    for argv in (("mac1", "--service", "task"), ("mac1", "--service", "package"), ("lin1", "--service", "task")):
        refused = run("server", "add", *argv)
        assert (refused.code, "[SERVER-UNFIT]" in refused.err) == (6, True)
        assert "itmsctl computer set" in refused.err
    rome("server", "add", "lin1", "--service", "package")
    assert run("server", "set", "lin1", "--service", "boot").code == 6
    rome("server", "set", "lin1", "--add-service", "task")  # one that it can host stays: it is warned of
    assert [row["object"] for row in _found(run, "server-os-unfit")] == ["lin1"]
    rome("computer", "add", "mac2", "--os-family", "mac")
    rome("server", "add", "mac2", "--service", "task", "--unfit")
    rome("server", "remove", "mac2", "--confirm", "mac2")
    document = "kind: server\nname: mac1\nspec: {services: [task]}\n"
    rome("apply", "-f", "-", stdin=document)  # what a document declares is recorded, and judged by the check
    assert [row["object"] for row in _found(run, "server-os-unfit")] == ["lin1", "mac1"]
    rome("computer", "add", "any1", "--address", "10.0.0.7")
    rome("server", "add", "any1", "--service", "boot")  # its system is not known


def test_task_servers_have_the_limit_of_sessions_too(run: Run, rome: Run) -> None:
    rome("computer", "add", "t", "--address", "10.0.0.8", "--os-family", "windows")
    rome("server", "add", "t", "--service", "task", "--max-sessions", "500")
    (found,) = _found(run, "pxe-sessions")
    assert found["what"] == "task server `t` is recorded with 500 sessions"
