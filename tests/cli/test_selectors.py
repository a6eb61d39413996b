"""Selectors everywhere: whatever verb names objects takes several, and names from standard input or a file."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from itmsctl.cli.root import load_group
from itmsctl.values.kind import house
from tests.conftest import Run
from tests.house import ROOT
from tests.house.test_registries import every_command

# Verbs that name one object of a noun, and why it cannot be several.
ONE: dict[str, str] = {
    "package distribute": "it is one run, whose servers --to names",
    "package verify": "as above",
    "package push": "one program; its computers are what is selected",
    "server prepare": "one computer is made a server, with what is said of it",
    "package servers": "how one package stands on all servers",
    "package route": "one computer asks for one package, or for any",
    "apply-set show": "a set of documents is no noun of the CMDB: it has no list that a pipe could carry",
    "apply-set remove": "as above",
    "association remove": "SUBJECT and OBJECT are a pair",
    "association-type remove": "a type of relations is no noun of the CMDB: no list that a pipe could carry",
    "audit show": "a change-set is a number, shown whole",
    "baseline compare": "BASELINE and its computers; the rows do not say by which they were compared",
    "baseline deviations": "as above",
    "baseline items": "rows of one",
    "baseline make": "a name that is new",
    "computer diff": "two are compared",
    "computer merge": "WINNER and LOSER are a pair",
    "computer split": "the LOSER of one merge, which has no row of its own",
    "credential rotate": "one secret for one credential",
    "credential test": "one login with one secret",
    "filter explain": "a filter and a computer are a pair",
    "group explain": "a group and a computer are a pair",
    "target explain": "a target and a computer are a pair",
    "view explain": "a view and a computer are a pair",
    "filter members": "a list of one: the rows do not say whose they are",
    "group members": "as above",
    "target members": "as above",
    "view members": "as above",
    "history": "the history of one object, in its order",
    "inventory search": "a text is looked for",
    "software test": "RULE is a text; its computers are what is selected",
    "inventory summary": "what is counted",
    "inventory-policy explain": "steps of one: the rows do not say whose they are",
    "metering-policy explain": "as above",
    "delivery explain": "as above",
    "replication-rule explain": "as above",
    **{
        f"{kind.name} clone": "NAME and NEW are a pair"
        for kind in house().kinds()
        if kind.name in house().groups() and "clone" in load_group(kind.name).commands
    },
    "agent show": "an agent is no noun of the CMDB: several may bear the name of one computer",
    "agent explain": "why this one",
    "hierarchy init": "this server gets one name, which is new",
    "hierarchy add-child": "one server, with how it is reached",
    "hierarchy add-peer": "one server, with how it is reached",
    "hierarchy join": "a server has one parent, and FILE is its card",
    "hierarchy leave": "a neighbour is no noun of the CMDB: `hierarchy show` lists this server among them",
    "hierarchy preflight": "as above",
    "hierarchy trust": "each is believed again by itself, once its clone was stopped",
    "replication now": "an emergency is one object, with what it needs",
    "hierarchy conflicts": "each is decided by itself, once both sides were looked at",
    "hierarchy editable": "which fields can be opened differs by kind",
    "hierarchy origin": "fields of one: the rows do not say whose they are",
    "package arrival": "the stages of one package",
    "package program": "NAME and PROGRAM are a pair",
    "package revisions": "rows of one: they do not say whose they are",
    "job run": "one program; its computers are what is selected",
    "task run": "as above",
    "package-key make": "a name that is new",
    "package-key retire": "a key of the catalogue is no noun of the CMDB: it has no list that a pipe could carry",
    "package-key rotate": "as above",
    "policy explain": "steps of one: the rows do not say whose they are",
    "schedule explain": "times of one: the rows do not say whose they are",
    "report run": "one table with columns of its own",
    "discovery show": "the classes of one device, which stand in one table",
    "run show": "one table, whose columns are the steps of its job",
    "run logs": "RUN and its computers; the text does not say of which run it is",
    "run retry": "one run is driven at a time: its waves, its brakes, its way to the computers",
    "run resume": "as above",
    "run reconcile": "RUN and its computers; without a name all runs are meant",
    "run kill": "RUN and its computers",
    "server for": "one computer or address asks",
    "undo": "change-sets are taken back one by one, newest first",
}
# Arguments that are no object that is there.
NEW = {"add", "import"}
NO_OBJECT: set[str] = {
    "apply", "computer export", "computer list", "db preallocate", "event collect", "event load", "export",
    "inventory load", "inventory package", "membership set", "report views",
    "schedule raise", "schema", "subnet lookup", "support show",
}  # fmt: skip


def arguments(command: object) -> list[object]:
    return [p for p in command.params if p.param_type_name == "argument"]  # type: ignore[attr-defined]  # the parser's


def test_every_verb_that_names_an_object_takes_several_or_says_why_not() -> None:
    found = {" ".join(path): arguments(command) for path, command in every_command()}
    naming = {
        verb: named for verb, named in found.items()
        if named and verb.split()[-1] not in NEW and verb not in NO_OBJECT
    }  # fmt: skip
    several = {verb for verb, (first, *_) in naming.items() if first.nargs == -1}  # type: ignore[attr-defined]
    assert set(naming) - several == set(ONE), "a verb takes several, or stands above with its reason"
    silent = [verb for verb in several if "- reads them from standard input" not in naming[verb][0].help]  # type: ignore[attr-defined]
    assert silent == []
    assert set(found) >= NO_OBJECT, "nothing is excused that is not there"


# What every verb takes that means computers, and what those take besides that act on them.
READ = {"--where", "-l", "--labels", "--site", "--subnet", "--target"}
ACT = READ | {"--all", "--expect", "--max"}
READING = {
    "inventory export",
    "inventory ansible",
    "baseline compare",
    "baseline deviations",
    "computer list",
    "computer export",
    "host-key list",
    "metering events",
    "metering usage",
    "software test",
}
# Verbs of these nouns, or with an argument COMPUTER, that mean no selection of computers, and why.
NO_SELECTION: dict[str, str] = {
    "computer add": "names that are new",
    "computer import": "a file",
    "computer clone": "NAME and NEW are a pair",
    "computer diff": "two are compared",
    "computer merge": "WINNER and LOSER are a pair",
    "computer split": "the LOSER of one merge",
    "filter explain": "a filter and a computer are a pair",
    "group explain": "a group and a computer are a pair",
    "target explain": "a target and a computer are a pair",
    "view explain": "a view and a computer are a pair",
    "run logs": "computers of a run: they are named, and none means all of them",
    "run kill": "as above",
    "run reconcile": "as above",
    "server for": "one computer or address asks",
}


def test_every_verb_of_computers_takes_every_selector() -> None:
    flags = {" ".join(path): {o for p in command.params for o in p.opts} for path, command in every_command()}
    computers = {
        " ".join(path)
        for path, command in every_command()
        if path[0] in {"computer", "host-key"}
        or {"-l", "--subnet"} <= flags[" ".join(path)]
        or any("COMPUTER" in str(p.metavar) for p in arguments(command))
    }
    meant = computers - set(NO_SELECTION)
    assert meant >= {"computer set", "computer remove", "computer show", "host-key accept", "task run", "job run"}
    assert [verb for verb in sorted(meant) if not flags[verb] >= (READ if verb in READING else ACT)] == []
    assert set(NO_SELECTION) <= computers, "nothing is excused that is not there"


HOSTILE = ["São Paulo", 'l\'Aquila "centro"', "[lab]", "a;b|c$(x)`y`", "東京", "x" * 255]


def test_what_a_list_names_is_what_remove_show_and_set_read(ok: Run, run: Run) -> None:
    for name in HOSTILE:
        ok("site", "add", name)
    listed = ok("site", "list", "-o", "name").out
    assert sorted(listed.splitlines()) == sorted(HOSTILE)
    shown = ok("site", "show", "-", stdin=listed).json
    assert sorted(row["name"] for row in shown) == sorted(HOSTILE)
    before = len(ok("audit", "list", "-o", "json").json)
    changed = ok("site", "set", "-", "--region", "EU", "-o", "json", stdin=listed + listed).json
    assert [row["action"] for row in changed] == ["updated"] * len(HOSTILE), "a name that comes twice is changed once"
    assert {row["region"] for row in ok("site", "list", "-o", "json").json} == {"EU"}
    ndjson = ok("site", "list", "-o", "ndjson").out
    unsure = run("site", "remove", "-", stdin=ndjson)
    assert (unsure.code, f"--confirm site:{len(HOSTILE)}" in unsure.err) == (2, True), unsure.err
    assert run("site", "remove", "-", "--yes", stdin=ndjson).code == 2, "sites are severe: a yes is not enough"
    assert run("site", "remove", "-", "--confirm", "site:7", stdin=ndjson).code == 9
    ok("site", "remove", "-", "--confirm", f":{len(HOSTILE)}", stdin=ndjson)
    assert ok("site", "list", "-o", "json").json == []
    audit = ok("audit", "list", "-o", "json").json
    assert len(audit) - before == 2, "one change-set each"
    ok("undo", str(audit[0]["seq"]), "--yes")
    assert sorted(row["name"] for row in ok("site", "list", "-o", "json").json) == sorted(HOSTILE)


def test_all_or_none_and_all_unknown_names_are_told(ok: Run, run: Run) -> None:
    ok("site", "add", "rome")
    ok("site", "add", "oslo")
    names = ["rome", *(f"no{n}" for n in range(12)), "oslo"]
    for verb in (("set", "--region", "EU"), ("remove", "--confirm", ":2"), ("show",)):
        refused = run("site", verb[0], *names, *verb[1:])
        assert refused.code == 5, refused.err
        assert ("`no0`, `no1`" in refused.err, "and 2 more" in refused.err, "`rome`" in refused.err) == (1, 1, 0)
    rows = ok("site", "list", "-o", "json").json
    assert [(row["name"], row["region"]) for row in rows] == [("oslo", None), ("rome", None)]
    near = run("site", "remove", "rome", "osla", "--confirm", ":2")
    assert (near.code, "did you mean `oslo`?" in near.err) == (5, True)


@pytest.mark.parametrize("text", ["", "\n \n", '{"type": "summary", "ok": 3}\n'])
def test_an_empty_input_is_nothing_found(ok: Run, run: Run, text: str) -> None:
    ok("site", "add", "rome")
    for verb in (("set", "--region", "EU"), ("remove", "--confirm", "rome"), ("show",)):
        refused = run("site", verb[0], "-", *verb[1:], stdin=text)
        assert (refused.code, "standard input names no site" in refused.err) == (5, True), refused.err


@pytest.mark.parametrize(
    "text", ["a\x00b", "[", '["rome"]', '{"region": "EU"}', "{", "rome\toslo", '{"id": "a\\u0000"}']
)
def test_what_is_no_name_is_refused_with_its_line(ok: Run, run: Run, text: str) -> None:
    ok("site", "add", "rome")
    refused = run("site", "remove", "-", "--confirm", ":1", stdin=f"rome\n{text}\n")
    assert (refused.code, "standard input, line 2" in refused.err) == (3, True), refused.err
    assert len(ok("site", "list", "-o", "json").json) == 1


def test_a_file_names_them_too_and_one_may_be_many(ok: Run, run: Run, tmp_path: Path) -> None:
    for name in ("rome", "oslo", "bonn"):
        ok("site", "add", name)
    guid = ok("site", "show", "bonn").json["id"]
    names = tmp_path / "names"
    names.write_text(f"ROME\n\n{guid}\n", encoding="utf-8")
    done = ok("site", "set", f"@{names}", "oslo", "bonn", "--region", "EU", "--dry-run")
    assert done.err.splitlines()[-1] == "3 updated (dry run, nothing was written)"
    assert {row["region"] for row in ok("site", "list", "-o", "json").json} == {None}
    assert [row["name"] for row in ok("site", "show", f"@{names}").json] == ["rome", "bonn"]
    missing = run("site", "set", f"@{tmp_path}/none", "--region", "EU")
    assert (missing.code, "cannot be read" in missing.err) == (3, True)
    names.write_bytes(b"M\xfcnchen\n")
    odd = run("site", "set", f"@{names}", "--region", "EU")
    assert (odd.code, "is not UTF-8" in odd.err) == (3, True)
    for flag in (("--rename", "x"), ("--revision", "1")):
        refused = run("site", "set", "rome", "oslo", *flag, "--region", "EU")
        assert (refused.code, "go with one site" in refused.err) == (2, True)
    assert run("site", "remove").code == 2


def test_those_that_others_of_them_use_are_removed_behind_them(ok: Run, run: Run) -> None:
    ok("management-server", "add", "a-top")
    ok("management-server", "add", "b-mid", "--parent", "a-top")
    ok("management-server", "add", "c-low", "--parent", "b-mid")
    used = run("management-server", "remove", "a-top", "b-mid", "--confirm", ":2")
    assert (used.code, "by management-server `c-low`" in used.err) == (6, True), used.err
    assert len(ok("management-server", "list", "-o", "json").json) == 3
    names = ok("management-server", "list", "-o", "name").out
    ok("management-server", "remove", "-", "--confirm", ":3", stdin=names)
    assert ok("management-server", "list", "-o", "json").json == []
    assert ok("audit", "verify").code == 0


def test_more_than_the_guard_need_their_number(ok: Run, run: Run) -> None:
    for n in range(4):
        ok("filter", "add", f"f{n}", "--where", f"name = 'pc{n}'")
    names = ok("filter", "list", "-o", "name").out
    small = {"ITMSCTL_GUARD_MAX": "3"}
    refused = run("filter", "remove", "-", "--yes", stdin=names, env=small)
    assert (refused.code, "--confirm filter:4" in refused.err, "[SIZE-GUARD]" in refused.err) == (9, True, True)
    assert run("filter", "remove", "-", "--confirm", "filter:5", stdin=names, env=small).code == 9
    assert len(ok("filter", "list", "-o", "json").json) == 4
    ok("filter", "remove", "-", "--confirm", "filter:4", stdin=names, env=small)


def test_the_past_is_shown_of_several(ok: Run, clock: object) -> None:
    ok("site", "add", "rome")
    ok("site", "add", "oslo")
    clock.forward(hours=2)  # type: ignore[attr-defined]  # the frozen clock
    ok("site", "set", "rome", "oslo", "--region", "EU")
    ok("site", "remove", "rome", "oslo", "--confirm", ":2")
    rows = ok("site", "show", "rome", "oslo", "--as-of", "1h").json
    assert [(row["name"], row["region"]) for row in rows] == [("rome", None), ("oslo", None)]


def test_policies_are_enabled_and_disabled_together(ok: Run, run: Run) -> None:
    ok("computer", "add", "pc1")
    ok("task", "add", "t", "--command", "true")
    for name in ("p1", "p2"):
        ok("policy", "add", name, "--task", "t", "--target", "all", "--agent")
    names = ok("policy", "list", "-o", "name").out
    ok("policy", "disable", "-", stdin=names)
    assert [row["enabled"] for row in ok("policy", "list", "-o", "json").json] == [False, False]
    assert run("policy", "enable", "p1", "none").code == 5
    assert [row["enabled"] for row in ok("policy", "list", "-o", "json").json] == [False, False]
    ok("policy", "enable", "p1", "p2")
    assert [row["enabled"] for row in ok("policy", "list", "-o", "json").json] == [True, True]


def test_two_cards_stand_below_one_another(ok: Run) -> None:
    ok("site", "add", "rome")
    ok("site", "add", "oslo")
    shown = ok("site", "show", "rome", "oslo", "-o", "table").out
    assert shown.index("rome") < shown.index("\n\n") < shown.index("oslo")
    assert ok("site", "show", "rome", "oslo", "-o", "name").out == "rome\noslo\n"
    assert ok("site", "show", "rome").json["name"] == "rome", "one name is one object"
    assert [row["name"] for row in ok("site", "show", "-", stdin="rome\n").json] == ["rome"]


# --- computers --------------------------------------------------------------------------------------------------------


def fill(ok: Run, count: int, *, tag: str = "env=test") -> list[str]:
    names = [f"pc{n:05}" for n in range(count)]
    rows = "".join(f"{name},10.0.{n // 256}.{n % 256},{tag}\n" for n, name in enumerate(names))
    ok("computer", "import", "-", stdin=f"name,address,tags\n{rows}")
    return names


def tags(ok: Run, *more: str) -> list[dict[str, str]]:
    return [row["tags"] for row in ok("computer", "list", *more, "-o", "json").json]


def test_computers_are_set_by_any_selector_in_one_change_set(ok: Run, run: Run, tmp_path: Path) -> None:
    fill(ok, 6)
    ok("site", "add", "rome")
    ok("subnet", "add", "10.0.0.0/30", "--site", "rome")
    ok("filter", "add", "last", "--where", "name = 'pc00005'")
    (tmp_path / "names").write_text("pc00001\nPC00001\n", encoding="utf-8")
    picked = {
        ("pc00000", "pc00003"): 2,
        ("-",): 2,
        (f"@{tmp_path}/names",): 1,
        ("--where", "name < 'pc00002'"): 2,
        ("-l", "env=test"): 6,
        ("--site", "rome"): 4,
        ("--subnet", "10.0.0.4/30"): 2,
        ("--target", "last"): 1,
        ("--target", "-"): 2,
        ("--all",): 6,
        ("pc00000", "pc00005", "--site", "rome"): 1,
    }
    for n, (words, count) in enumerate(picked.items()):
        before = len(ok("audit", "list", "--noun", "computer", "-o", "json").json)
        stdin = "pc00002\npc00004\n"
        done = ok("computer", "set", *words, "--tag", f"n={n}", "--expect", str(count), "-o", "json", stdin=stdin).json
        assert len(done if isinstance(done, list) else [done]) == count, words
        assert len(ok("computer", "list", "-l", f"n={n}", "-o", "json").json) == count, words
        assert len(ok("audit", "list", "--noun", "computer", "-o", "json").json) == before + 1, words
    for words, code, said in (
        ((), 2, "--target X, or --all"),
        (("--all", "pc00000"), 2, "contradict"),
        (("-", "--target", "-"), 2, "standard input is read once"),
        (("--where", "name = 'x'"), 5, "matches no computer"),
        (("--site", "rom"), 5, "did you mean `rome`?"),
        (("--all", "--expect", "5"), 9, "6 computers are selected, 5 were expected"),
        (("--all", "--max", "5"), 9, "at most 5"),
        (("pc00000", "nix", "nox"), 5, "`nix`, `nox`"),
        (("--all", "--rename", "x"), 2, "go with one computer"),
        (("--all", "--untag", "enw"), 3, "none of 6 computers has the tag `enw`"),
        (("--all", "--port", "99999"), 3, "port"),
        (("-",), 5, "standard input names no computer"),
    ):
        refused = run("computer", "set", *words, "--tag", "bad=1")
        assert (refused.code, said in refused.err) == (code, True), (words, refused.err)
    assert not any("bad" in row for row in tags(ok)), "nothing was written"
    assert ok("computer", "set", "--where", "name = 'x'", "--tag", "a=b", "--expect", "0").code == 0
    assert ok("audit", "verify").code == 0


def test_what_set_does_to_many_is_what_it_does_to_one(ok: Run) -> None:
    """Four computers changed together are what four alike are that were changed one by one."""
    for half in "ab":
        for n in range(4):
            more = ("--tag", "old=1") if n else ()
            words = ("--address", f"10.1.0.{n}", "--serial", f"S{half}{n}", "--port", "22", *more)
            ok("computer", "add", f"{half}{n}", *words)
    ok("site", "add", "rome")
    ok("subnet", "add", "10.9.0.0/16", "--site", "rome")
    changes = ["--tag", "env=prod", "--unset", "port", "--user", "root", "--add-address", "10.9.0.1"]
    for n in range(4):
        ok("computer", "set", f"a{n}", *changes, *(("--untag", "old") if n else ()))
    dry = ok("computer", "set", "--where", "name like 'b%'", *changes, "--untag", "old", "--dry-run")
    assert "b1: address 10.1.0.1 -> 10.1.0.1;10.9.0.1, port 22 -> empty, user empty -> root" in dry.err
    assert dry.err.splitlines()[-1] == "4 updated (dry run, nothing was written)"
    assert "site" not in ok("computer", "show", "b1").json["tags"]
    ok("computer", "set", "--where", "name like 'b%'", *changes, "--untag", "old")
    rows = ok("computer", "list", "-o", "json").json
    drop = {"id", "name", "serial"}
    said = [{k: v for k, v in row.items() if k not in drop} for row in rows]
    assert said[:4] == said[4:]
    assert {tuple(row["site"]) for row in rows} == {("rome",)}
    assert ok("db", "check").code == 0
    (seq, *_) = [row["seq"] for row in ok("audit", "list", "-o", "json").json]
    ok("undo", str(seq), "--yes")
    assert tags(ok, "--where", "name like 'b%'") == [{}, *[{"old": "1"}] * 3]


def test_removing_many_computers_is_severe(ok: Run, run: Run) -> None:
    fill(ok, 30)
    ok("computer", "set", "pc00029", "--tag", "protected")
    unasked = run("computer", "remove", "pc00000", "pc00001")
    assert (unasked.code, "add --yes" in unasked.err, "remove 2 computers" in unasked.err) == (2, True, True)
    for words in (("pc00028", "pc00029"), ("--all",), ("--where", "name < 'pc00020'")):
        refused = run("computer", "remove", *words, "--yes")
        assert (refused.code, "--confirm computer:" in refused.err) == (9, True), refused.err
    over = run("computer", "remove", "pc00000", "pc00001", "pc00002", "--yes", env={"ITMSCTL_GUARD_MAX": "2"})
    assert (over.code, "the guard is 2" in over.err, "--confirm computer:3" in over.err) == (9, True, True)
    assert run("computer", "remove", "--all", "--confirm", "computer:29").code == 9
    assert run("computer", "remove", "--where", "name = 'pc00003'", "--confirm", ":2").code == 9
    assert run("computer", "remove", "--all", "--confirm", "site:30").code == 9
    assert len(tags(ok)) == 30
    dry = ok("computer", "remove", "--all", "--dry-run")
    assert dry.err.splitlines()[-1] == "30 removed (dry run, nothing was written)"
    ok("computer", "remove", "pc00000", "pc00001", "--yes")
    names = ok("computer", "list", "-o", "name").out
    ok("computer", "remove", "-", "--confirm", "computer:28", stdin=names)
    assert tags(ok) == []
    (seq, *_) = [row["seq"] for row in ok("audit", "list", "-o", "json").json]
    ok("undo", str(seq), "--yes")
    assert len(tags(ok)) == 28
    ok("computer", "remove", "--where", "name = 'pc00003'", "--confirm", ":1")
    assert len(tags(ok)) == 27
    assert ok("db", "check").code == 0


def test_ten_thousand_names_come_by_standard_input(ok: Run, run: Run) -> None:
    names = fill(ok, 10_000)
    text = "\n".join([*names, *names[:500]])
    done = ok("computer", "set", "-", "--tag", "x=y", "--expect", "10000", stdin=text)
    assert done.err.splitlines()[-1] == "10000 updated"
    refused = run("computer", "set", "-", "--tag", "x=z", stdin=text + "\n" + "\n".join(f"no{n}" for n in range(5000)))
    assert (refused.code, "and 4990 more" in refused.err) == (5, True)
    again = ok("computer", "set", "--all", "--tag", "x=y")
    assert again.err.splitlines()[-1] == "10000 unchanged"
    ok("computer", "remove", "-", "--confirm", ":10000", stdin=text)
    assert ok("computer", "list", "-o", "name").out == ""


def test_a_filter_sees_at_once_what_many_got(ok: Run) -> None:
    fill(ok, 25)
    ok("filter", "add", "prod", "--where", "tags.env = 'prod'")
    ok("computer", "set", "--where", "name < 'pc00020'", "--tag", "env=prod")
    ok("membership", "update", "--delta")
    assert len(ok("filter", "members", "prod", "-o", "json").json) == 20
    ok("membership", "update", "--complete", "--check")


def test_several_are_shown_and_one_is_an_object(ok: Run, run: Run) -> None:
    fill(ok, 3)
    assert ok("computer", "show", "pc00001").json["name"] == "pc00001"
    for words in (("pc00000", "pc00001"), ("-",), ("--where", "name < 'pc00002'")):
        rows = ok("computer", "show", *words, stdin="pc00001\npc00000\n").json
        assert [row["name"] for row in rows] == ["pc00000", "pc00001"]
        assert all("identities" in row for row in rows)
    assert run("computer", "show").code == 2
    assert run("computer", "show", "--all", "--max", "2").code == 9
    assert [row["name"] for row in ok("computer", "list", "-", "-o", "json", stdin="pc00002\n").json] == ["pc00002"]
    exported = ok("computer", "export", "-", stdin="pc00002\n").out
    assert exported.count("\n") == 2


def test_a_site_of_any_name_is_selected(ok: Run) -> None:
    ok("computer", "add", "pc1", "--address", "10.0.0.1")
    name = 'l\'Aquila "centro" -- ; \\ %'
    ok("site", "add", name)
    ok("subnet", "add", "10.0.0.0/24", "--site", name)
    assert [row["name"] for row in ok("computer", "list", "--site", name, "-o", "json").json] == ["pc1"]


# --- interrupted, killed, two at once ---------------------------------------------------------------------------------


STOPPED = """
import os, sys
from itmsctl.cli.main import main
from itmsctl.resources.service import several
pages, write = [], several.write_import
several.PAGE = 10
def stop(unit, plan):
    write(unit, plan)
    pages.append(len(plan.changed))
    if len(pages) == 2:
        os.kill(os.getpid(), int(sys.argv[1])) if sys.argv[1] != "0" else None
several.write_import = stop
sys.exit(main(sys.argv[2:]))
"""


def program(db: str, environment: dict[str, str], *argv: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-c", STOPPED, *argv], env=environment | {"ITMSCTL_DB": db}, cwd=ROOT,
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
    )  # fmt: skip


@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGKILL, -9)])
def test_one_stopped_half_way_leaves_nothing(
    ok: Run, db: str, environment: dict[str, str], number: int, status: int
) -> None:
    fill(ok, 40)
    ended = program(db, environment, str(int(number)), "computer", "set", "--all", "--tag", "half=1")
    _, err = ended.communicate(timeout=120)
    assert ended.returncode == status, err
    assert ok("computer", "list", "-l", "half", "-o", "name").out == ""
    ok("computer", "set", "--all", "--tag", "half=1")
    assert ok("audit", "verify").code == 0


def test_two_at_once_both_count(ok: Run, db: str, environment: dict[str, str]) -> None:
    fill(ok, 60)
    both = [program(db, environment, "0", "computer", "set", "--all", "--tag", f"{key}=1") for key in "ab"]
    for one in both:
        _, err = one.communicate(timeout=120)
        assert one.returncode == 0, err
    assert tags(ok) == [{"a": "1", "b": "1", "env": "test"}] * 60
    assert ok("audit", "verify").code == 0


def test_members_come_by_a_pipe_or_a_file(ok: Run, run: Run, tmp_path: Path) -> None:
    fill(ok, 6)
    ok("computer", "add", "a;b")
    ok("view", "add", "rings")
    ok("group", "add", "canary", "--view", "rings", "--member", "pc00000")
    names = ok("computer", "list", "--where", "name < 'pc00003'", "-o", "name").out
    ok("group", "set", "canary", "--add-member", "-", stdin=names)

    def held(noun: str, name: str) -> list[str]:
        return [row["name"] for row in ok(noun, "members", name, "-o", "json").json]

    assert held("group", "canary") == ["a;b", "pc00000", "pc00001", "pc00002"]
    (tmp_path / "out").write_text("a;b\npc00001\n", encoding="utf-8")
    ok("group", "set", "canary", "--remove-member", f"@{tmp_path}/out")
    assert held("group", "canary") == ["pc00000", "pc00002"]
    ok("filter", "add", "few", "--member", "-", stdin=names)
    assert len(held("filter", "few")) == 4
    ok("filter", "set", "few", "--add-member", "pc00003;pc00004", "--remove-member", "-", stdin="a;b\n")
    assert held("filter", "few") == ["pc00000", "pc00001", "pc00002", "pc00003", "pc00004"]
    for stdin, code in (("", 5), ("nix\n", 5), ('["x"]\n', 3)):
        assert run("group", "set", "canary", "--add-member", "-", stdin=stdin).code == code
    assert held("group", "canary") == ["pc00000", "pc00002"]


def test_lists_are_narrowed_by_names_too(ok: Run, run: Run) -> None:
    assert ok("host-key", "list", "-o", "json").json == [], "a list of nothing is no fault"
    for name in ("rome", "oslo", "bonn"):
        ok("site", "add", name)
    named = ok("site", "list", "-", "--sort", "-name", "--limit", "1", "-o", "name", stdin="oslo\nrome\n")
    assert named.out == "rome\n"
    refused = run("site", "list", "rome", "nix", "nox")
    assert (refused.code, "`nix`, `nox`" in refused.err) == (5, True)
    fill(ok, 2)
    assert ok("host-key", "list", "pc00000", "-o", "json").json == []


def test_lists_with_selectors_of_their_own_are_narrowed_by_names_too(ok: Run, run: Run) -> None:
    fill(ok, 3)
    ok("site", "add", "rome")
    for words in (("subnet", "10.1.0.0/16", "--site", "rome"), ("subnet", "10.1.2.0/24"), ("subnet", "10.2.0.0/16"),
                  ("schedule", "a", "--daily", "02:00"), ("schedule", "b", "--daily", "03:00"),
                  ("server", "pc00000", "--service", "task"), ("server", "pc00001", "--service", "task")):  # fmt: skip
        ok(words[0], "add", *words[1:])
    inner = ok("subnet", "list", "10.1.2.0/24", "-o", "json").json
    assert [(row["name"], row["parent"], row["depth"]) for row in inner] == [("10.1.2.0/24", "10.1.0.0/16", 1)]
    assert ok("subnet", "list", "10.1.0.0/16", "10.2.0.0/16", "--site", "rome", "-o", "name").out == "10.1.0.0/16\n"
    assert ok("schedule", "list", "-", "-o", "name", stdin="b\n").out == "b\n"
    assert {row["name"] for row in ok("schedule", "list", "b", "--next", "3d", "-o", "json").json} == {"b"}
    assert ok("server", "list", "pc00001", "-o", "name").out == "pc00001\n"
    for kind in ("subnet", "schedule", "server"):
        name = "10.9.0.0/16" if kind == "subnet" else "nox"
        assert run(kind, "list", name).code == 5


def test_who_names_nobody_is_told_what_the_verb_takes(run: Run) -> None:
    for verb, names in (("computer set --tag a=b", True), ("task run --command true", False), ("metering run", False)):
        refused = run(*verb.split())
        assert (refused.code, "give names" in refused.err, "--target X" in refused.err) == (2, names, True), refused.err


def test_what_cannot_be_a_selector_is_said_as_such(ok: Run, run: Run) -> None:
    fill(ok, 1)
    at = run("computer", "show", "@")
    assert (at.code, "@FILE" in at.err) == (2, True)
    for flag in ("--expect", "--max"):
        refused = run("computer", "set", "--all", "--description", "x", flag, "-1")
        assert (refused.code, f"'{flag}': Input should be greater" in refused.err) == (2, True), refused.err
    assert ok("computer", "list", "--tags", "!none", "-o", "name").out == ok("computer", "list", "-o", "name").out
