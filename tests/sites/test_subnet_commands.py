"""The `subnet` group as a user meets it, on both databases."""

from __future__ import annotations

import pytest

from tests.conftest import Run


@pytest.fixture
def nested(ok: Run) -> Run:
    ok("site", "add", "rome")
    ok("site", "add", "oslo")
    for cidr, site in (
        ("10.2.0.0/16", "oslo"),
        ("2001:db8::/32", "oslo"),
        ("10.0.0.0/8", "rome"),
        ("10.2.3.0/24", "rome"),
    ):
        ok("subnet", "add", cidr, "--site", site)
    ok("subnet", "add", "9.0.0.0/8")
    ok("computer", "add", "pc1", "--address", "10.2.3.4", "--address", "10.2.9.9", "--address", "2001:db8::1")
    ok("computer", "add", "pc2", "--address", "10.9.9.9")
    return ok


def test_list_is_in_address_order_and_nests(nested: Run) -> None:
    rows = nested("subnet", "list", "-o", "json").json
    assert [(r["name"], r["site"], r["parent"], r["depth"], r["computers"]) for r in rows] == [
        ("9.0.0.0/8", None, None, 0, 0),
        ("10.0.0.0/8", "rome", None, 0, 1),
        ("10.2.0.0/16", "oslo", "10.0.0.0/8", 1, 1),
        ("10.2.3.0/24", "rome", "10.2.0.0/16", 2, 1),
        ("2001:db8::/32", "oslo", None, 0, 1),
    ]
    named = nested("subnet", "list", "--sort", "-name", "--limit", "2", "-o", "name").out
    assert named == "9.0.0.0/8\n2001:db8::/32\n"
    assert nested("subnet", "list", "--site", "ROME", "-o", "name").out == "10.0.0.0/8\n10.2.3.0/24\n"
    assert "10.2.3.0/24" in nested("subnet", "list", terminal=True).out


def test_show_tells_what_is_around_and_inside(nested: Run) -> None:
    shown = nested("subnet", "show", "10.2.0.0/16").json
    assert shown["around"] == [{"name": "10.0.0.0/8", "site": "rome"}]
    assert shown["inside"] == [{"name": "10.2.3.0/24", "site": "rome"}]
    assert shown["computers"] == 1


def test_lookup_says_why(run: Run, nested: Run) -> None:
    assert nested("subnet", "lookup", "10.2.3.4").json == {
        "name": "10.2.3.4",
        "subnet": "10.2.3.0/24",
        "site": "rome",
        "why": "`10.2.3.0/24` is the narrowest of 3 subnets around it",
        "around": [{"name": "10.2.0.0/16", "site": "oslo"}, {"name": "10.0.0.0/8", "site": "rome"}],
    }
    assert nested("subnet", "lookup", "::ffff:9.9.9.9").json["why"] == "the only subnet around it; it has no site"
    assert (run("subnet", "lookup", "192.0.2.1").code, run("subnet", "lookup", "rome").code) == (5, 3)


def test_the_name_is_the_canonical_prefix(run: Run, ok: Run) -> None:
    assert ok("subnet", "add", "2001:DB8:0:0::/48").err == "2001:db8::/48: created\n"
    assert ok("subnet", "add", " 2001:db8::/48 ").err == "2001:db8::/48: unchanged\n"
    assert ok("subnet", "add", "::ffff:10.1.0.0/112").err == "10.1.0.0/16: created\n"
    assert ok("subnet", "show", "10.1.0.0/255.255.0.0").json["name"] == "10.1.0.0/16"
    wrong = run("subnet", "add", "10.1.2.3/16")
    assert (wrong.code, "did you mean 10.1.0.0/16?" in wrong.err) == (3, True)
    unknown = run("subnet", "add", "10.3.0.0/16", "--site", "nowhere")
    assert (unknown.code, "itmsctl site add nowhere" in unknown.err) == (5, True)


@pytest.mark.parametrize("hostile", ["", "10.0.0.0/33", "10.0.0.0/8\x1b[2J", "$(reboot)/8", "10.0.0.0/8;rm", "x" * 300])
def test_what_is_no_prefix_is_refused(run: Run, hostile: str) -> None:
    result = run("subnet", "add", "--", hostile)
    assert result.code == 3
    assert "\x1b" not in result.err


def test_computers_follow(nested: Run) -> None:
    def place(name: str) -> tuple[list[str], list[str]]:
        shown = nested("computer", "show", name).json
        return shown["site"], shown["subnet"]

    assert place("pc1") == (["oslo", "rome"], ["10.2.0.0/16", "10.2.3.0/24", "2001:db8::/32"])
    nested("subnet", "remove", "10.2.0.0/16", "--yes")
    assert place("pc1") == (["oslo", "rome"], ["10.0.0.0/8", "10.2.3.0/24", "2001:db8::/32"])
    nested("subnet", "set", "10.0.0.0/8", "--rename", "10.8.0.0/13")
    assert place("pc1") == (["oslo", "rome"], ["10.2.3.0/24", "2001:db8::/32"])
    assert place("pc2") == (["rome"], ["10.8.0.0/13"])
    nested("site", "set", "rome", "--rename", "roma")
    assert place("pc2") == (["roma"], ["10.8.0.0/13"])
    assert nested("computer", "list", "--where", "site = 'roma'", "-o", "name").out == "pc1\npc2\n"


def test_a_dry_run_moves_nobody(nested: Run) -> None:
    before = nested("subnet", "list", "-o", "json").out
    nested("subnet", "remove", "10.0.0.0/8", "--dry-run")
    nested("subnet", "add", "10.9.0.0/16", "--site", "oslo", "--dry-run")
    assert nested("subnet", "list", "-o", "json").out == before
    assert nested("computer", "show", "pc2").json["site"] == ["rome"]


def test_removal_asks(run: Run, nested: Run) -> None:
    assert run("subnet", "remove", "10.0.0.0/8").code == 2
    used = run("site", "remove", "rome", "--confirm", "rome")
    assert (used.code, "subnet `10.0.0.0/8`" in used.err) == (6, True)


def test_several_prefixes_are_added_at_once_or_not_at_all(ok: Run, run: Run) -> None:
    ok("site", "add", "rome")
    ok("computer", "add", "pc1", "--address", "10.2.0.1")
    done = ok("subnet", "add", "10.1.0.0/16", "10.2.0.0/16", "2001:db8::/48", "10.1.0.0/16", "--site", "rome")
    assert done.err.splitlines() == ["10.1.0.0/16: created", "10.2.0.0/16: created", "2001:db8::/48: created"]
    assert ok("computer", "show", "pc1").json["site"] == ["rome"]
    assert len(ok("audit", "list", "--noun", "subnet", "-o", "json").json) == 1, "one change-set"
    for argv in (("10.3.0.0/16", "10.4.0.1/16"), ("10.3.0.0/16", "10.1.0.0/16", "--description", "x")):
        assert run("subnet", "add", *argv).code in {3, 6}
    assert "10.3.0.0/16" not in ok("subnet", "list", "-o", "name").out
    rows = ok("subnet", "add", "10.1.0.0/16", "10.5.0.0/16", "--site", "rome", "-o", "json").json
    assert [(row["name"], row["action"]) for row in rows] == [("10.1.0.0/16", "unchanged"), ("10.5.0.0/16", "created")]
    assert ok("subnet", "add", "10.6.0.0/16", "-o", "json").json["action"] == "created", "one is an object as before"


def test_what_is_used_is_said_before_anything_is_asked(ok: Run, run: Run) -> None:
    ok("site", "add", "rome")
    ok("subnet", "add", "10.1.0.0/16", "--site", "rome")
    for argv in (("site", "remove", "rome"), ("site", "remove", "rome", "--confirm", "rome")):
        found = run(*argv)
        assert (found.code, "IN-USE" in found.err) == (6, True), found.err
    ok("subnet", "remove", "10.1.0.0/16", "--yes")
    asked = run("site", "remove", "rome")
    assert (asked.code, "CONFIRMATION-REQUIRED" in asked.err) == (2, True)
    assert ok("site", "list", "-o", "name").out == "rome\n"
