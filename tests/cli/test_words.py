"""Words of newcomers: `-h`, `help NOUN VERB`, what other tools call our nouns and verbs, and typing errors."""

from __future__ import annotations

import pytest

from itmsctl import __version__
from itmsctl.cli import meant
from itmsctl.cli.noun_fields import metavar
from itmsctl.values.kind import PARTS, house
from tests.conftest import Run
from tests.house.test_registries import every_command

COMMANDS = every_command()
GROUPS = sorted(house().groups())
VERBS = {group: [path[1] for path, _ in COMMANDS if path[0] == group and len(path) > 1] for group in GROUPS}
CHANGES = {"--dry-run", "--confirm"}
# Looking, but for options that say otherwise: `--trust-again`, `--repair`, and `--ignore` with a reason.
CHANGES_WHERE_ASKED = [("package-catalogue", "verify"), ("site", "check"), ("sizing", "check")]


@pytest.mark.parametrize("group", GROUPS)
def test_every_page_of_help_is_found_in_three_ways(bare_run: Run, group: str) -> None:
    for path in [(group,), *(path for path, _ in COMMANDS if path[0] == group and len(path) > 1)]:
        page = bare_run(*path, "--help")
        assert (page.code, "Usage: itmsctl " + " ".join(path) in page.out) == (0, True)
        assert bare_run(*path, "-h") == page
        if group != "help":  # `help exit-codes` is a page of its own
            assert bare_run("help", *path) == page


def test_the_root_has_its_page_in_three_ways_too(bare_run: Run) -> None:
    page = bare_run("--help")
    assert page.code == 0
    assert bare_run("-h") == bare_run("help") == page


def test_the_page_of_the_root_shows_every_group_once_in_its_part(bare_run: Run) -> None:
    page = bare_run("--help").out
    places = [page.index(f"\n{title}:\n") for title in PARTS.values()]
    assert places == sorted(places)
    for name, (_, group) in house().groups().items():
        assert group.part in PARTS, name
        assert page.count(f"\n  {name} ") == 1, name


def test_the_version_is_said_in_three_ways(bare_run: Run) -> None:
    said = bare_run("version")
    assert (said.code, said.out) == (0, f"itmsctl {__version__}\n")
    assert bare_run("--version") == bare_run("-V") == said
    assert bare_run("version", "-o", "json").json == {"name": "itmsctl", "version": __version__}


# --- what was meant ---------------------------------------------------------------------------------------------------


def test_words_of_others_lead_to_what_there_is() -> None:
    nouns = set(GROUPS)
    verbs = {path[-1] for path, _ in COMMANDS}
    flags = {flag for _, command in COMMANDS for p in command.params for flag in p.opts}
    for table, known in ((meant.NOUNS, nouns), (meant.VERBS, verbs), (meant.OPTIONS, flags)):
        assert {own for words in table.values() for own in words} - known == set()
    assert nouns & set(meant.NOUNS) == set(), "a noun of ours is no synonym of another"


@pytest.mark.parametrize("group", [group for group in GROUPS if VERBS[group]])
def test_a_word_that_looks_never_leads_to_a_verb_that_changes(group: str) -> None:
    changing = [verb for verb in VERBS[group] if verb not in meant.LOOKING]
    assert {word: found for word in meant.LOOKS if (found := meant.verb(word, VERBS[group])) in changing} == {}
    assert meant.noun("show", GROUPS) == ""


def test_a_verb_that_changes_something_does_not_count_as_looking() -> None:
    changing = [
        path
        for path, command in COMMANDS
        if len(path) > 1 and path[1] in meant.LOOKING and CHANGES & {flag for p in command.params for flag in p.opts}
    ]
    assert changing == CHANGES_WHERE_ASKED


@pytest.mark.parametrize(
    ("argv", "hint"),
    [
        ("computer get pc1", "itmsctl computer show"),
        ("computer describe pc1", "itmsctl computer show"),
        ("computer ls", "itmsctl computer list"),
        ("computer create pc1", "itmsctl computer add"),
        ("site new rome", "itmsctl site add"),
        ("site rm rome", "itmsctl site remove"),
        ("site delete rome", "itmsctl site remove"),
        ("site update rome", "itmsctl site set"),
        ("site lsit", "itmsctl site list"),
        ("vault create", "itmsctl vault init"),
        ("run log R-1", "itmsctl run logs"),
        ("host list", "itmsctl computer list"),
        ("node ls", "itmsctl computer list"),
        ("machines", "itmsctl computer"),
        ("device show pc1", "itmsctl computer show"),
        ("collection create x", "itmsctl filter add"),
        ("boundary list", "itmsctl subnet list"),
        ("deployment list", "itmsctl policy list"),
        ("script run x", "itmsctl task run"),
        ("package deploy nano", "itmsctl package push"),
        ("package sync nano", "itmsctl package distribute"),
        ("package unpublish nano", "itmsctl package withdraw"),
        ("rollout list", "itmsctl delivery list"),
        ("software evaluate", "itmsctl software judge"),
        ("computers list", "itmsctl computer list"),
        ("siet list", "itmsctl site list"),
        ("get computers", "itmsctl computer list"),
        ("get computer pc1", "itmsctl computer show"),
        ("delete site rome", "itmsctl site remove"),
        ("help hosts", "itmsctl computer"),
    ],
)
def test_a_command_of_another_tool_is_answered_with_ours(bare_run: Run, argv: str, hint: str) -> None:
    result = bare_run(*argv.split())
    assert (result.code, result.err.splitlines()[-1]) == (2, f"  try: {hint}")


@pytest.mark.parametrize("argv", ["ping", "pong", "qwertz", "site frobnicate", "frobnicate site rome"])
def test_nothing_is_offered_where_nothing_is_near(bare_run: Run, argv: str) -> None:
    result = bare_run(*argv.split())
    assert (result.code, result.err.splitlines()[-1].endswith("--help")) == (2, True)
    assert "did you mean" not in result.err


@pytest.mark.parametrize(
    ("argv", "flag"),
    [
        ("computer add pc1 --os linux", "--os-family"),
        ("computer add pc1 --ip 10.0.0.1", "--address"),
        ("computer list --filter x", "--where"),
        ("site list --format json", "--output"),
        ("site list --outptu json", "--output"),
        ("site add rome --check", "--dry-run"),
    ],
)
def test_an_option_of_another_tool_is_answered_with_ours(bare_run: Run, argv: str, flag: str) -> None:
    result = bare_run(*argv.split())
    assert (result.code, f"did you mean `{flag}`?" in result.err) == (2, True)
    assert "Possible options" not in result.err


def test_a_value_of_another_tool_is_answered_with_ours(ok: Run, run: Run) -> None:
    refused = run("computer", "add", "pc1", "--os-family", "macos")
    assert (refused.code, "did you mean `mac`?" in refused.err) == (3, True)


def test_help_says_what_a_value_is_and_not_the_flag_again() -> None:
    for kind in house().kinds():
        for field in kind.admin_fields:
            shown = metavar(field)
            assert len(shown) <= len("MANAGEMENT-SERVER"), (kind.name, field.name)
            again = shown.replace("_", "-").lower() == field.flag[2:]
            assert not again or field.ref or field.selects or len(shown) < 8, (kind.name, field.name)


def test_what_can_be_put_out_of_use_is_so_by_one_word() -> None:
    """`--enabled` and `--disabled`, for every noun that has it."""
    found = {kind.name: field.negative for kind in house().kinds() for field in kind.fields if field.name == "enabled"}
    assert found
    assert set(found.values()) == {"disabled"}
