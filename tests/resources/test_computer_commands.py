"""The `computer` group as a user meets it, on both databases."""

from __future__ import annotations

import json

import pytest

from tests.conftest import Run


def test_add_list_show_set_remove(run: Run, ok: Run) -> None:
    added = ok("computer", "add", "pc1", "--address", "10.0.0.1;2001:db8::1", "--port", "22", "--os-family", "linux",
               "--serial", "S1", "--tag", "env=prod", "--tag", "tier=web")  # fmt: skip
    assert added.err == "pc1: created\n"
    shown = ok("computer", "show", "PC1").json
    assert (shown["name"], shown["address"], shown["port"]) == ("pc1", ["10.0.0.1", "2001:db8::1"], 22)
    assert shown["tags"] == {"env": "prod", "tier": "web"}
    assert [i["value"] for i in shown["identities"]] == ["S1"]
    ok("computer", "set", "pc1", "--tag", "env=test", "--untag", "tier", "--unset", "port")
    shown = ok("computer", "show", "pc1").json
    assert (shown["tags"], shown["port"], shown["revision"]) == ({"env": "test"}, None, 2)
    assert run("computer", "remove", "pc1").code == 2
    assert ok("computer", "remove", "pc1", "--yes").err == "pc1: removed\n"
    assert ok("computer", "list", "-o", "json").json == []


def test_add_is_idempotent_and_names_what_differs(run: Run, ok: Run) -> None:
    ok("computer", "add", "pc1", "--address", "10.0.0.1", "--serial", "B", "--serial", "A")
    same = run("computer", "add", "PC1", "--address", "10.0.0.1", "--serial", "A;B")
    assert (same.code, same.err) == (0, "pc1: unchanged\n")
    other = run("computer", "add", "pc1", "--address", "10.9.9.9")
    assert other.code == 6
    assert "NAME-TAKEN" in other.err
    assert "pc1@SITE" in other.err
    assert ok("computer", "add", "pc1@rome", "--address", "10.9.9.9").code == 0


@pytest.mark.parametrize("twin", ["\uff50\uff43\uff11", "\u0440\u04411", "pc1."])
def test_a_name_that_reads_like_another_is_refused(run: Run, ok: Run, twin: str) -> None:
    ok("computer", "add", "pc1")
    refused = run("computer", "add", twin)
    assert refused.code == 6
    assert "NAME-TOO-SIMILAR" in refused.err
    ok("computer", "add", "pc2")
    assert run("computer", "set", "pc2", "--rename", twin).code == 6
    assert ok("computer", "set", "pc1", "--rename", "PC1").code == 0
    assert ok("computer", "list", "-o", "name").out == "PC1\npc2\n"


def test_wrong_values_say_what_is_right(run: Run, ok: Run) -> None:
    ok("computer", "add", "pc1", "--tag", "env=prod")
    assert "did you mean `linux`?" in run("computer", "add", "pc2", "--os-family", "linus").err
    assert run("computer", "add", "pc2", "--port", "70000").code == 3
    assert run("computer", "set", "pc1", "--untag", "enw").code == 3
    assert "did you mean `pc1`?" in run("computer", "show", "pc11").err
    assert run("computer", "set", "pc1").code == 2
    assert run("computer", "set", "pc1", "--description", "x", "--revision", "7").code == 6
    assert ok("computer", "list", "-o", "name").out == "pc1\n"


def test_a_guid_serves_wherever_a_name_does(ok: Run) -> None:
    ok("computer", "add", "pc1")
    guid = ok("computer", "show", "pc1").json["id"]
    ok("computer", "set", guid, "--port", "2222")
    assert ok("computer", "show", guid.upper()).json["port"] == 2222
    assert ok("computer", "list", guid, "-o", "name").out == "pc1\n"


@pytest.fixture
def estate(ok: Run) -> Run:
    rows = [
        {"name": "a1", "address": "10.0.0.1", "os_family": "linux", "port": 22, "tags": {"env": "prod"}},
        {
            "name": "a2",
            "address": ["10.0.0.2", "2001:db8::2"],
            "os_family": "linux",
            "tags": {"env": "test", "old": ""},
        },
        {"name": "b1", "address": "10.1.0.1", "os_family": "windows", "port": 5986},
        {"name": "b2", "os_family": None},
    ]
    ok("computer", "import", "-", stdin="".join(json.dumps(row) + "\n" for row in rows))
    return ok


@pytest.mark.parametrize(
    ("argv", "names"),
    [
        ((), "a1 a2 b1 b2"),
        (("--where", "os_family = 'linux'"), "a1 a2"),
        (("--where", "os_family != 'linux'"), "b1"),  # what is unknown never matches
        (("-l", "env=prod"), "a1"),
        (("-l", "env,!old"), "a1"),
        (("--subnet", "10.0.0.0/16"), "a1 a2"),
        (("--subnet", "2001:db8::/32"), "a2"),
        (("a1", "b1"), "a1 b1"),
        (("a1", "b1", "--where", "os_family = 'linux'"), "a1"),
        (("-l", "env in (prod,test)", "--subnet", "2001:db8::/32"), "a2"),
        (("--sort", "-name"), "b2 b1 a2 a1"),
        (("--sort", "port"), "a1 b1 a2 b2"),  # empty values last
        (("--sort", "-port"), "b1 a1 a2 b2"),
        (("--sort", "os_family", "--limit", "2"), "a1 a2"),
        (("--where", "name = 'nobody'"), ""),
    ],
)
def test_selectors_pick(estate: Run, argv: tuple[str, ...], names: str) -> None:
    assert estate("computer", "list", *argv, "-o", "name").out.split() == names.split()


def test_a_name_site_or_subnet_that_is_not_there(run: Run, estate: Run) -> None:
    assert run("computer", "list", "a1", "a9").code == 5
    missing = run("computer", "list", "x8", "x9", "--error-format", "json")
    assert (missing.code, json.loads(missing.err)["details"]["missing"]) == (5, ["x8", "x9"])
    assert run("computer", "list", "--site", "nowhere").code == 5
    assert run("computer", "list", "--subnet", "10.0.0.1/8").code == 3
    assert run("computer", "list", "--where", "nmae = 'x'").code == 3
    assert run("computer", "list", "--sort", "nmae").code == 3


def test_site_picks_by_the_subnets_of_a_site(estate: Run) -> None:
    estate("site", "add", "Rome")
    estate("subnet", "add", "10.1.0.0/16", "--site", "Rome")
    assert estate("computer", "list", "--site", "rome", "-o", "name").out == "b1\n"
    estate("computer", "set", "a1", "--address", "10.1.0.9")
    assert estate("computer", "list", "--site", "rome", "-o", "name").out == "a1\nb1\n"


def test_hostile_text_is_kept_and_never_reaches_a_terminal_raw(run: Run, ok: Run) -> None:
    ok("computer", "add", "=cmd|calc", "--description", "\x1b[2J\u202eevil", "--tag", "note=@SUM(1)")
    shown = ok("computer", "show", "=cmd|calc", terminal=True)
    assert "\x1b[2J" not in shown.out
    assert "\u202e" not in shown.out
    assert ok("computer", "show", "=cmd|calc").json["description"] == "\x1b[2J\u202eevil"
    assert ok("computer", "export").out.splitlines()[1].startswith("'=cmd|calc,")


def test_dry_run_writes_nothing(ok: Run) -> None:
    ok("computer", "add", "pc1", "--dry-run")
    assert ok("computer", "list", "-o", "name").out == ""
    ok("computer", "add", "pc1")
    ok("computer", "set", "pc1", "--port", "22", "--dry-run")
    ok("computer", "remove", "pc1", "--dry-run")
    assert ok("computer", "show", "pc1").json["port"] is None


def test_every_change_is_in_the_history(ok: Run) -> None:
    ok("computer", "add", "pc1", "--tag", "env=prod")
    ok("computer", "set", "pc1", "--tag", "env=test")
    ok("computer", "remove", "pc1", "--yes")
    changes = ok("audit", "list", "-o", "json").json
    assert len(changes) == 3
    assert ok("audit", "verify").code == 0


def test_several_are_changed_alike_or_not_at_all(ok: Run, run: Run) -> None:
    for name in ("pc1", "pc2", "pc3"):
        ok("computer", "add", name, "--tag", "old=1")
    done = ok("computer", "set", "pc1", "pc2", "pc1", "--tag", "env=prod", "--untag", "old", "--os-family", "linux")
    assert done.err.splitlines() == ["pc1: updated", "pc2: updated"]
    assert [row["tags"] for row in ok("computer", "list", "-o", "json").json] == [
        {"env": "prod"}, {"env": "prod"}, {"old": "1"},
    ]  # fmt: skip
    assert len(ok("audit", "list", "--noun", "computer", "-o", "json").json) == 4, "one change-set for both"
    missing = run("computer", "set", "pc3", "nix", "--tag", "env=prod")
    assert (missing.code, "no computer `nix`" in missing.err) == (5, True)
    assert ok("computer", "show", "pc3").json["tags"] == {"old": "1"}
    for more in (("--rename", "x"), ("--revision", "1")):
        refused = run("computer", "set", "pc1", "pc2", *more, "--tag", "a=b")
        assert (refused.code, "go with one computer" in refused.err) == (2, True)
    rows = ok("computer", "set", "pc1", "pc3", "--tag", "env=prod", "-o", "json").json
    assert [(row["name"], row["action"]) for row in rows] == [("pc1", "unchanged"), ("pc3", "updated")]
    assert ok("computer", "set", "pc1", "--description", "x", "-o", "json").json["action"] == "updated"
