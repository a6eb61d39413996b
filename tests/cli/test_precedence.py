"""A flag goes before the environment, and that before the file: also where a flag says what is the default."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path

import pytest

from itmsctl.cli.configuration import CHOICES, SETTINGS, GlobalOptions
from tests.conftest import Run
from tests.house.test_registries import every_command

GLOBAL = {field.name for field in dataclasses.fields(GlobalOptions)}
# A value of each setting that is nobody's default, for the environment and for the file.
VALUES = {
    "db": ("/nowhere/environment.sqlite", "/nowhere/file.sqlite"),
    "output": ("csv", "yaml"),
    "color": ("always", "never"),
    "progress": ("json", "plain"),
    "busy_timeout_s": ("7", "8"),
    "concurrency": ("7", "8"),
    "connect_timeout_s": ("7", "8"),
    "time_zone": ("Europe/Rome", "Asia/Tokyo"),
    "passphrase_file": ("/nowhere/a", "/nowhere/b"),
    "guard_max": ("7", "8"),
    "inventory_priorities": ("glpi=51", "glpi=52"),
    "library": ("/nowhere/a", "/nowhere/b"),
    "keep_outputs": ("7d", "8d"),
    "keep_runs": ("7d", "8d"),
    "keep_events": ("7d", "8d"),
    "keep_memberships": ("7d", "8d"),
    "keep_inventory": ("7d", "8d"),
    "keep_inventory_classes": ("software=7d", "software=8d"),
    "keep_metering": ("7d", "8d"),
    "keep_files": ("7d", "8d"),
    "keep_merged": ("7d", "8d"),
    "keep_tombstones": ("7d", "8d"),
    "keep_changes": ("7d", "8d"),
}
FLAGS = [
    *((name, value) for name in ("color", "progress") for value in CHOICES[name]),
    ("db", "/nowhere/flag.sqlite"),
    ("output", "json"),
]


@pytest.fixture
def write(environment: dict[str, str]) -> Callable[[str], None]:
    """Write the user's file of settings."""

    def to_file(text: str) -> None:
        path = Path(environment["XDG_CONFIG_HOME"]) / "itmsctl/config.toml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        path.chmod(0o600)

    return to_file


def shown(run: Run, name: str, *flags: str, env: dict[str, str] | None = None) -> tuple[str, str]:
    result = run("config", "show", "-o", "json", *flags, env=env or {})
    assert result.code == 0, result.err
    row = next(row for row in result.json if row["name"] == name)
    return row["value"], row["origin"]


def test_the_table_is_whole() -> None:
    assert list(VALUES) == list(SETTINGS)
    assert {name for name, _ in FLAGS} == GLOBAL & set(SETTINGS), "every global option that is a setting too"


@pytest.mark.parametrize(("name", "value"), FLAGS, ids=str)
def test_a_flag_goes_first(bare_run: Run, write: Callable[[str], None], name: str, value: str) -> None:
    from_environment, from_file = VALUES[name]
    write(f'{name} = "{from_file}"\n')
    env = {f"ITMSCTL_{name.upper()}": from_environment}
    assert shown(bare_run, name, f"--{name}", value, env=env) == (value, "flag")


@pytest.mark.parametrize("name", [name for name in SETTINGS if name != "output"])
def test_the_environment_goes_before_the_file(bare_run: Run, write: Callable[[str], None], name: str) -> None:
    from_environment, from_file = VALUES[name]
    write(f'{name} = "{from_file}"\n')
    variable = f"ITMSCTL_{name.upper()}"
    assert shown(bare_run, name, env={variable: from_environment}) == (from_environment, variable)
    value, origin = shown(bare_run, name)
    assert (value, origin.endswith("config.toml")) == (from_file, True)


@pytest.mark.parametrize("form", CHOICES["output"])
def test_a_format_that_is_asked_for_is_written(ok: Run, form: str) -> None:
    ok("site", "add", "rome")
    other = "csv" if form != "csv" else "json"
    plain = ok("site", "list", "-o", form).out
    assert ok("site", "list", "-o", form, env={"ITMSCTL_OUTPUT": other}).out == plain
    assert plain != ok("site", "list", env={"ITMSCTL_OUTPUT": other}).out


def test_colour_is_as_the_flag_says_also_where_it_says_the_default(ok: Run) -> None:
    ok("site", "add", "rome")
    env = {"ITMSCTL_COLOR": "always"}
    assert "\x1b[" in ok("site", "list", "-o", "table", env=env).out
    assert "\x1b[" not in ok("site", "list", "-o", "table", "--color", "auto", env=env).out


def test_an_option_of_a_verb_that_is_a_setting_too_can_be_not_given() -> None:
    """Where its default were the parser's, nobody could tell a flag that says the same from none."""
    found = [
        (path, parameter)
        for path, command in every_command()
        for parameter in command.params
        if {str(parameter.name), f"{parameter.name}_s"} & set(SETTINGS)
    ]
    assert {"concurrency", "connect_timeout", "passphrase_file"} <= {str(parameter.name) for _, parameter in found}
    assert [(path, one.name, one.default) for path, one in found if one.default is not None] == []
