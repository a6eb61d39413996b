"""Members of lists are put in and taken out one by one, for every noun that has a list, on both engines."""

from __future__ import annotations

from typing import Any

import pytest

from itmsctl.cli.root import load_group
from itmsctl.values.kind import Type, house
from tests.conftest import Run
from tests.house.test_registries import every_command


@pytest.fixture
def estate(ok: Run) -> Run:
    for name in ("PC1", "PC2", "PC3"):
        ok("computer", "add", name)
    ok("view", "add", "v")
    ok("group", "add", "g", "--view", "v", "--member", "PC1", "--member", "PC2")
    return ok


def _of(ok: Run, noun: str, name: str, field: str) -> Any:
    return ok(noun, "show", name).json[field]


def test_members_of_a_group(estate: Run, run: Run) -> None:
    estate("group", "set", "g", "--add-member", "pc3", "--remove-member", "pc2")
    assert _of(estate, "group", "g", "members") == ["PC1", "PC3"]
    assert estate("group", "members", "g", "-o", "name").out == "PC1\nPC3\n"
    assert estate("group", "set", "g", "--add-member", "PC1").err == "g: unchanged\n"
    estate("group", "set", "g", "--add-member", "PC2;PC3", "--dry-run")
    assert _of(estate, "group", "g", "members") == ["PC1", "PC3"]
    missing = run("group", "set", "g", "--remove-member", "PC2")
    assert (missing.code, "`PC2` is not in `--member` of group `g`" in missing.err) == (3, True)
    assert run("group", "set", "g", "--add-member", "nobody").code == 5
    both = run("group", "set", "g", "--member", "PC1", "--add-member", "PC2")
    assert (both.code, "leave one of them out" in both.err) == (2, True)
    assert run("group", "set", "g", "--add-member", "PC2", "--revision", "1").code == 6
    assert "--add-member" in run("group", "set", "--help").out


def test_lists_of_other_nouns(estate: Run, run: Run) -> None:
    estate("computer", "set", "PC1", "--add-address", "2001:DB8::1", "--add-address", "10.0.0.1", "--add-serial", "S1")
    estate("computer", "set", "PC1", "--remove-address", "2001:db8:0::1", "--tag", "env=prod", "--add-serial", "S2")
    shown = estate("computer", "show", "PC1").json
    assert (shown["address"], shown["serial"], shown["tags"]) == (["10.0.0.1"], ["S1", "S2"], {"env": "prod"})
    estate("filter", "add", "f", "--member", "PC1")
    estate("filter", "set", "f", "--add-member", "PC2", "--remove-member", "PC1")
    assert estate("filter", "members", "f", "-o", "name").out == "PC2\n"
    estate("filter", "add", "h", "--where", "name = 'PC3'")
    estate("target", "add", "t", "--filter", "f")
    estate("target", "set", "t", "--add-filter", "h", "--add-exclude", "group:g")
    estate("target", "set", "t", "--remove-filter", "f")
    assert (_of(estate, "target", "t", "filters"), estate("target", "members", "t", "-o", "name").out) == (
        ["h"],
        "PC3\n",
    )
    estate("site", "add", "rome")
    estate("server", "add", "PC1", "--service", "task")
    estate("server", "set", "PC1", "--add-service", "package", "--remove-service", "task", "--add-site", "rome")
    assert (_of(estate, "server", "PC1", "services"), _of(estate, "server", "PC1", "sites")) == (["package"], ["rome"])
    assert run("server", "set", "PC1", "--add-service", "tasks").code == 3
    assert run("server", "set", "PC1", "--remove-service", "package").code == 3  # at least one


def test_every_list_of_every_noun_has_both_options() -> None:
    seen = 0
    for kind in house().kinds():
        lists = [field for field in kind.admin_fields if field.type is Type.LIST and not field.parts]
        group = kind.name.replace("_", "-")
        if not lists or group not in house().groups():
            continue
        verb = load_group(group).commands["set"]
        options = {name for parameter in verb.params for name in parameter.opts}
        for field in lists:
            seen += 1
            flag = field.flag[2:]
            assert {f"--add-{flag}", f"--remove-{flag}"} <= options, (kind.name, field.name)
    assert seen > 15


def test_what_is_said_of_an_empty_table_fits_the_verb(bare_run: Run) -> None:
    assert bare_run("site", "list", terminal=True).err.endswith("nothing found\n")
    for where, said in (("name = 'WEB-0*'", "ilike 'WEB-0%' is wider\n"), ("port = 1", "nothing found\n")):
        assert bare_run("computer", "list", "--where", where, terminal=True).err.endswith(said)
    tick = bare_run("schedule", "tick", "-o", "table")
    assert (tick.code, "nothing is due" in tick.err, "nothing found" in tick.err) == (0, True, False)


def test_every_verb_that_lists_or_shows_names_its_fields(run: Run) -> None:
    found = [
        (path, command.callback)
        for path, command in every_command()
        if path[-1] in {"list", "show", "members", "kinds", "views", "status", "size", "ignored", "lookup", "for"}
    ]
    assert ("run", "list") in [path for path, _ in found]
    assert [path for path, callback in found if not getattr(callback, "columns", ())] == []
    assert "ended_at" in run("run", "list", "--fields").out.split()


def test_a_list_takes_names_for_every_noun(estate: Run, run: Run) -> None:
    kinds = {kind.name for kind in house().kinds()}
    lists = {path[0]: command for path, command in every_command() if path[-1] == "list" and path[0] in kinds}
    assert len(lists) > 15
    arguments = {
        name: [p for p in command.params if p.param_type_name == "argument"] for name, command in lists.items()
    }
    lacking = {name for name, found in arguments.items() if not found}
    assert lacking <= {"data-class"}, "most of these are no objects: they come with the program"
    for name in ("rome", "oslo", "bonn"):
        estate("site", "add", name)
    assert estate("site", "list", "rome", "OSLO", "-o", "name").out == "oslo\nrome\n"
    piped = estate("site", "list", "-", "--sort", "-name", "--limit", "1", "-o", "name", stdin="bonn\nrome\n")
    assert piped.out == "rome\n"
    unknown = run("site", "list", "rome", "nix")
    assert (unknown.code, unknown.out, "no site `nix`" in unknown.err) == (5, "", True)
    assert estate("computer", "list", "pc1", "-o", "name").out == "PC1\n"


def test_host_keys_of_all_computers_are_listed_and_of_some(estate: Run, run: Run) -> None:
    assert run("host-key", "list", terminal=True).err.endswith("nothing found\n")
    assert run("host-key", "list", "nix").code == 5
