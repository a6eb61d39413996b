"""Global options stand before the group, before the verb or after it; they mean the same in all three places."""

from __future__ import annotations

import dataclasses
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from itmsctl.cli.configuration import CHOICES, SETTINGS, GlobalOptions, Sources
from itmsctl.cli.global_options import global_options
from itmsctl.cli.options import _take as take_global_options
from itmsctl.cli.root import build, load_group
from itmsctl.values.kind import house
from tests.conftest import Run
from tests.house.test_registries import every_command


@pytest.mark.parametrize(
    "argv",
    [
        ("-o", "json", "site", "list"),
        ("site", "-o", "json", "list"),
        ("site", "list", "-o", "json"),
        ("site", "list", "--json"),
        ("--json", "site", "list"),
        ("site", "list", "--output=json"),
    ],
    ids=" ".join,
)
def test_an_option_may_stand_anywhere(ok: Run, argv: tuple[str, ...]) -> None:
    ok("site", "add", "rome")
    assert [row["name"] for row in ok(*argv).json] == ["rome"]


def test_the_later_of_two_wins(ok: Run) -> None:
    ok("site", "add", "rome")
    assert ok("-o", "json", "site", "list", "-o", "name").out == "rome\n"


@pytest.mark.parametrize("place", [0, 1, 2])
def test_quiet_leaves_data_and_errors(run: Run, place: int) -> None:
    words = ["site", "add"]
    words.insert(place, "-q")
    assert run(*words, "rome").err == ""
    assert run(*words, "rome", "--region", "x").code == 6


def test_reason_is_kept_in_the_audit(ok: Run, store: object) -> None:
    from sqlalchemy import text

    ok("--reason", "ticket 7", "site", "add", "rome")
    ok("site", "add", "oslo", "--reason", "ticket 8")
    with store.read() as reader:  # type: ignore[attr-defined]  # the fixture is a Store
        reasons = [row[0] for row in reader.connection.execute(text("SELECT reason FROM change_set ORDER BY id"))]
    assert reasons[-2:] == ["ticket 7", "ticket 8"]


def test_the_environment_gives_what_no_flag_says(bare_run: Run, db: str, tmp_path: object) -> None:
    env = {"ITMSCTL_DB": db, "ITMSCTL_OUTPUT": "json"}
    assert bare_run("site", "add", "rome", env=env).code == 0
    assert [row["name"] for row in bare_run("site", "list", env=env).json] == ["rome"]
    assert bare_run("site", "list", "-o", "name", env=env).out == "rome\n"
    assert bare_run("site", "list", "-o", "name").out == "", "the default database is another one"


def test_nothing_is_read_from_the_working_directory(
    bare_run: Run, tmp_path: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    from pathlib import Path

    folder = Path(str(tmp_path)) / "here"
    folder.mkdir()
    for name in ("config.toml", "itmsctl.toml", ".itmsctl.toml", ".env"):
        (folder / name).write_text('output = "json"\nITMSCTL_OUTPUT=json\n')
    monkeypatch.chdir(folder)
    bare_run("site", "add", "rome")
    assert bare_run("site", "list").out.startswith("rome\t")


def test_a_typo_is_answered_with_the_word_that_was_meant(run: Run) -> None:
    for argv, meant in (
        (("siet", "list"), "site"),
        (("site", "lsit"), "list"),
        (("site", "list", "--outptu", "json"), "--output"),
    ):
        result = run(*argv)
        assert (result.code, meant in result.err) == (2, True), result.err


def test_no_prefix_is_guessed(run: Run) -> None:
    assert run("site", "li").code == 2
    assert run("site", "list", "--out", "json").code == 2


def test_a_group_alone_shows_its_help_on_stderr(run: Run, bare_run: Run) -> None:
    for result in (bare_run(), run("site")):
        assert (result.code, result.out) == (2, "")
        assert "Usage: itmsctl" in result.err


def test_debug_tells_settings_and_statements_and_no_values(ok: Run, db: str) -> None:
    told = ok(
        "site", "add", "canary-5f1", "--description", "canary-9c2", "--debug", env={"ITMSCTL_CONCURRENCY": "7"}
    ).err
    lines = told.splitlines()
    assert lines[0].startswith("debug: itmsctl site add of itmsctl ")
    assert "debug: concurrency is 7 by ITMSCTL_CONCURRENCY" in lines
    assert any("INSERT INTO site" in line and " ms: " in line for line in lines)
    assert (told.count("canary-5f1"), "canary-9c2" in told) == (1, False), "only the words on what was done name it"
    for secret in [part for part in (db.partition("@")[0].partition("//")[2].partition(":")[2],) if part]:
        assert secret not in told
    assert "debug:" not in ok("site", "list").err


# --- every verb that there is, found by listing -----------------------------------------------------------------------

# A value of each global option that is nobody's default, as it is typed and as it is held. A new option is added here.
GIVEN: dict[str, tuple[str | None, object]] = {
    "db": ("/nowhere/flag.sqlite", "/nowhere/flag.sqlite"),
    "output": ("csv", "csv"),
    "json": (None, True),
    "fields": ("name", "name"),
    "no_headers": (None, True),
    "quiet": (None, True),
    "verbose": (None, 1),
    "debug": (None, True),
    "color": ("always", "always"),
    "progress": ("none", "none"),
    "error_format": ("json", "json"),
    "no_input": (None, True),
    "yes": (None, True),
    "reason": ("ticket 7", "ticket 7"),
    "as_of": ("2d", "2d"),
    "idempotency_key": ("once", "once"),
}
HELD = {name: held for name, (_, held) in GIVEN.items()}
FLAGS = {str(option.name): list(option.opts) for option in global_options()}
# Scripts rely on `hierarchy add-child NAME --db URL`, the database of the child: its parent's stands before the verb.
OWN: dict[str, set[str]] = {"hierarchy add-child": {"db"}, "hierarchy add-peer": {"db"}}
BY_SETTING = sorted(set(SETTINGS) & set(GIVEN))


def typed(spelling: int) -> list[str]:
    """Return all global options as words, each by one of its spellings: `--output csv`, `-o csv`."""
    return [
        word
        for name, (value, _) in GIVEN.items()
        for word in (FLAGS[name][min(spelling, len(FLAGS[name]) - 1)], *([] if value is None else [value]))
    ]


def taken(command: Any, *words: str) -> GlobalOptions:
    """Return the global options that a command takes from words, without running anything."""
    context = SimpleNamespace(settings=GlobalOptions())
    take_global_options(command.make_context("it", list(words), resilient_parsing=True, obj=context))
    return context.settings


@cache
def every_place() -> tuple[tuple[str, Any, tuple[str, ...]], ...]:
    """Return each place of options: before the group, before the verb, after it; with what is typed behind them."""
    groups = {name: load_group(name) for name in sorted(house().groups())}
    return (
        ("itmsctl", build(), ("site", "list")),
        *((name, group, tuple(group.commands)[:1]) for name, group in groups.items() if hasattr(group, "commands")),
        *((" ".join(path), command, ()) for path, command in every_command()),
    )


def test_the_table_holds_every_global_option() -> None:
    assert set(GIVEN) == set(FLAGS) == {field.name for field in dataclasses.fields(GlobalOptions)}
    assert {name for name, value in vars(GlobalOptions()).items() if value == HELD[name]} == set()


def test_every_verb_takes_every_global_option_before_and_after_it() -> None:
    wrong = [
        (place, spelling)
        for place, command, behind in every_place()
        for spelling in (0, 1)
        if vars(taken(command, *typed(spelling), *behind)) != HELD | dict.fromkeys(OWN.get(place, ()))
    ]
    assert wrong == []


def test_no_verb_has_an_option_of_its_own_that_hides_a_global_one() -> None:
    known = {flag for flags in FLAGS.values() for flag in flags}
    hidden = [
        (place, parameter.name)
        for place, command, _ in every_place()
        for parameter in command.params
        if known.intersection(parameter.opts)
        and parameter not in global_options()
        and str(parameter.name) not in OWN.get(place, ())
    ]
    assert hidden == []


def test_at_every_verb_a_flag_goes_before_the_environment_and_that_before_the_file(tmp_path: Path) -> None:
    assert BY_SETTING == ["color", "db", "output", "progress"]
    allowed = {"db": ("/nowhere/environment.sqlite", "/nowhere/file.sqlite"), "output": ("tsv", "yaml")}
    lower = {name: allowed.get(name) or CHOICES[name][:2] for name in BY_SETTING}
    file = tmp_path / "config.toml"
    file.write_text("".join(f'{name} = "{lower[name][1]}"\n' for name in BY_SETTING))
    file.chmod(0o600)
    environment = {f"ITMSCTL_{name.upper()}": lower[name][0] for name in BY_SETTING}
    for place, command, behind in every_place():
        flags, none = taken(command, *typed(0), *behind), taken(command, *behind)
        for name in sorted({*BY_SETTING} - OWN.get(place, set())):
            assert Sources(flags, environment, tmp_path).lookup(name) == (HELD[name], "flag"), place
            assert getattr(none, name) is None, f"{place}: what nobody gave is left to lower places"
    for name in BY_SETTING:
        assert Sources(none, environment, tmp_path).lookup(name) == (lower[name][0], f"ITMSCTL_{name.upper()}")
        assert Sources(none, {}, tmp_path).lookup(name) == (lower[name][1], str(file))


@pytest.mark.parametrize("name", sorted(GIVEN))
def test_each_option_is_taken_by_real_commands_in_all_three_places(bare_run: Run, name: str) -> None:
    value = GIVEN[name][0]
    words = (FLAGS[name][0], *([] if value is None else [value]))
    asked = ("config", "show")
    results = [bare_run(*asked[:place], *words, *asked[place:]) for place in (0, 1, 2)]
    assert results[1:] == results[:1] * 2
    assert results[0].code == (2 if name == "as_of" else 0), results[0].err
