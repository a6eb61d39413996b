"""TAB: every option and argument of every verb completes, or is a text of one's own; in bash, zsh and fish alike."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from itmsctl.cli import offers, typed_line
from itmsctl.cli.global_options import global_options
from itmsctl.values.kind import house
from tests.cli.shells import SHELLS, Shell
from tests.conftest import Run
from tests.house.test_registries import every_command
from tests.servers import missing

RUN = "import sys; from itmsctl.__main__ import run; sys.argv = ['itmsctl']; run()"


def with_values() -> Iterator[tuple[tuple[str, ...], Any]]:
    """Yield every option that takes a value, and every argument, of every verb."""
    for path, command in every_command():
        for parameter in command.params:
            if parameter.param_type_name == "argument" or not (parameter.is_flag or parameter.count):
                yield path, parameter


def flag_of(parameter: Any) -> str:
    return next((name for name in parameter.opts if name.startswith("--")), str(parameter.opts[-1]))


def test_every_option_and_argument_completes_or_is_free_by_its_type() -> None:
    unknown = [(*path, flag_of(one), one.metavar) for path, one in with_values() if offers.offer_of(path, one) is None]
    assert unknown == [], "say in cli.offers what completes it"


def test_what_lists_its_choices_in_its_help_is_not_free() -> None:
    listed = re.compile(r"One of [a-z0-9-]+,|^[a-z]+(\|[a-z]+)+")
    found = [
        (*path, flag_of(one), one.help)
        for path, one in with_values()
        if listed.search(one.help or "") and offers.offer_of(path, one) is offers.free
    ]
    assert found == []


def test_words_that_are_offered_are_those_that_the_help_tells() -> None:
    known = {flag for flag, offer in offers._FLAGS.items() if offer.__qualname__.startswith("words.")}
    assert {"--output", "--transport", "--on-error"} <= known
    for path, one in with_values():
        kind = house().kind(path[0])
        if flag_of(one) in known and not (kind and offers._field(kind, flag_of(one))):
            told = [word for word in offers._FLAGS[flag_of(one)](None, "") if word not in (one.help or "")]  # type: ignore[arg-type]  # as above
            assert told == [], (path, flag_of(one), one.help)


def test_every_field_that_names_something_or_has_choices_completes() -> None:
    seen = 0
    for kind in house().kinds():
        for field in kind.admin_fields:
            if field.choices or field.ref or field.selects or field.form == "zone":
                seen += 1
                assert offers._of_field(field) is not offers.free, (kind.name, field.name)
    assert seen > 40


def test_every_global_option_is_known() -> None:
    free = {flag_of(one) for one in global_options() if not (one.is_flag or one.count)}
    completing = {flag for flag in free if offers._FLAGS.get(flag)}
    assert free - completing == {"--reason", "--as-of", "--idempotency-key"}


# --- what is offered ----------------------------------------------------------------------------------------------


def told(environment: dict[str, str], line: str, *, shell: str = "zsh", db: str = "") -> list[str]:
    asked = {"_ITMSCTL_COMPLETE": f"complete_{shell}", "_ITMSCTL_LINE": line} | ({"ITMSCTL_DB": db} if db else {})
    done = subprocess.run([sys.executable, "-c", RUN], env=environment | asked, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.splitlines()


@pytest.fixture
def estate(ok: Run) -> Run:
    for words in (
        ("site", "add", "rome"),
        ("site", "add", "oslo"),
        ("computer", "add", "pc1"),
        ("filter", "add", "rich", "--where", "name = 'pc1'"),
        ("target", "add", "ripe", "--filter", "rich"),
        ("task", "add", "say it's", "--command", "true"),
        ("profile", "add", "lab", "--user", "me"),
        ("resource-type", "add", "rack"),
        ("task", "run", "--command", "true", "--all", "--transport", "local"),
    ):
        ok(*words)
    return ok


@pytest.mark.parametrize(
    ("line", "wanted"),
    [
        ("site show ", ["oslo", "rome"]),
        ("site show ro", ["rome"]),
        ("computer list --site=ro", ["--site=rome"]),
        ("computer list --site ro", ["rome"]),
        ("run show ", ["R-1"]),
        ("run logs r", ["R-1"]),
        ("run logs R-1 p", ["pc1"]),
        ("history computer ", ["pc1"]),
        ("task run s", ["say it's"]),
        ("task run --target ri", ["ripe", "rich"]),
        ("task run --command true --profile ", ["lab"]),
        ("policy add p --task ", ["say it's"]),
        ("policy add p --target ri", ["ripe", "rich"]),
        ("computer add pc2 --os-family l", ["linux"]),
        ("site add x --time-zone Europe/Osl", ["Europe/Oslo"]),
        ("site list -o y", ["yaml"]),
        ("data-class list --system l", ["linux"]),
        ("site list --fields name,reg", ["name,region"]),
        ("site list --sort reg", ["region"]),
        ("site list --sort cr", ["created_at"]),
        ("site list --sort i", []),
        ("site add x --time-zone serv", []),
        ("schedule add x --timezone serv", ["server"]),
        ("site set rome --unset reg", ["region"]),
        ("computer import --on-error s", ["skip"]),
        ("resource-type add x --parent r", ["resource", "rack"]),
        ("site add ", []),
        ("site add x --description ", []),
        ("site add x --link-kbit ", []),
    ],
)
def test_values(estate: Run, environment: dict[str, str], db: str, line: str, wanted: list[str]) -> None:
    assert told(environment, f"itmsctl {line}", db=db) == ["words", *wanted]


@pytest.mark.parametrize(
    "line",
    ["apply -f we", "computer import ", "site export --out ", "profile add x --key ", "task run --key ~/.ss", "--db "],
)
def test_files_are_left_to_the_shell(environment: dict[str, str], line: str) -> None:
    line = line if not line.startswith("--db") else "site list --db "
    assert told(environment, f"itmsctl {line}") == ["files"]


def test_verbs_and_options_come_with_what_they_do(environment: dict[str, str]) -> None:
    assert told(environment, "itmsctl site sh") == ["words", "show\tShow a site, or several."]
    assert "--region" in [line.partition("\t")[0] for line in told(environment, "itmsctl site add x --re")]
    assert told(environment, "itmsctl site sh", shell="bash") == ["words", "show"]


def test_a_database_that_cannot_be_asked_is_no_error(environment: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "broken").write_bytes(b"no database at all")
    for db in (str(tmp_path / "none"), str(tmp_path / "broken"), "postgresql://nobody@127.0.0.1:1/x"):
        assert told(environment, "itmsctl site show r", db=db) == ["words"]
    assert not (tmp_path / "none").exists()


# --- a line as it is typed ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "words", "last", "quote"),
    [
        ("itmsctl site show ", ("itmsctl", "site", "show"), "", ""),
        ("itmsctl site show ro", ("itmsctl", "site", "show"), "ro", ""),
        ("itmsctl site show s\\ p", ("itmsctl", "site", "show"), "s p", ""),
        ("itmsctl site show 's p", ("itmsctl", "site", "show"), "s p", "'"),
        ('itmsctl site show "a\\"b\\c', ("itmsctl", "site", "show"), 'a"b\\c', '"'),
        ("itmsctl 'a b' ''", ("itmsctl", "a b"), "", ""),
        ("itmsctl x\\", ("itmsctl",), "x", ""),
        ("", (), "", ""),
    ],
)
def test_a_line_is_read_up_to_the_cursor(line: str, words: tuple[str, ...], last: str, quote: str) -> None:
    typed = typed_line.read(line)
    assert (typed.words, typed.last, typed.quote) == (words, last, quote)


@given(st.text(), st.text())
def test_no_line_is_too_odd_to_be_read_or_to_be_answered(line: str, value: str) -> None:
    typed = typed_line.read(line)
    for shell in ("bash", "zsh", "fish"):
        found = list(typed_line.written(shell, typed, "words", [(value, "a\nb")], ""))
        assert len(found) <= 2
        assert not any("\n" in text or "\x1b" in text for text in found)


# --- the shells themselves ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("shell", SHELLS)
def test_a_script_is_printed_for_each_shell(ok: Run, shell: str) -> None:
    script = ok("completion", shell).out
    if shutil.which(shell) is None:
        missing("shells", f"{shell} is not installed")
    done = subprocess.run([shell, "-n"], input=script, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    assert f"_ITMSCTL_COMPLETE=complete_{shell}" in script


# What is typed before TAB, and the name that it becomes.
NAMES = {
    "sã": "são paulo",
    "it": "it's $(touch M) `touch M`",
    "a": 'a "quoted" one',
    "back": "back\\slash",
    "fd00::": "fd00::/64 not",
    "'semi;": "semi;colon & *",
    '"dol': "dollar $HOME",
    "~": "~root",
}


@pytest.mark.parametrize("shell", SHELLS)
def test_a_name_becomes_one_word_whatever_it_holds(
    shell: str, bare_run: Run, environment: dict[str, str], tmp_path: Path
) -> None:
    """In a real shell on a terminal: TAB, Enter, and the command is called with that name."""
    for name in NAMES.values():
        assert bare_run("site", "add", name).code == 0
    here = tmp_path / "here"
    here.mkdir()
    (here / "weekly plan.yaml").touch()
    if shutil.which(shell) is None:
        missing("shells", f"{shell} is not installed")
    with Shell(shell, environment, here, bare_run("completion", shell).out) as person:
        for start, name in NAMES.items():
            if start != "~" or shell == "bash":  # in the others it is a folder before it is a name
                assert person.arguments(f"itmsctl site show {start}\t -o js\t") == ["site", "show", name, "-o", "json"]
        assert person.arguments("itmsctl apply -f we\t") == ["apply", "-f", "weekly plan.yaml"]
        assert person.arguments("itmsctl computer list --site=sã\t") in (
            ["computer", "list", "--site=são paulo"],
            ["computer", "list", "--site", "são paulo"],
        )
        assert person.arguments("itmsctl site add we\t") == ["site", "add", "we"], "a new name is no file"
    assert [path.name for path in here.iterdir()] == ["weekly plan.yaml"], "nothing was run"
