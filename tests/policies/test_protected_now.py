"""What protects is judged by membership as it is now: a computer that has moved is treated so by its next contact.

Whatever selects it: each case goes through every way to select computers, and stored membership is the one before the
move each time.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from itmsctl.cmdb.store import Store
from tests.conftest import FrozenClock, Result, Run
from tests.security.conftest import opens, private

__all__ = ["opens", "private"]

WAYS: dict[str, tuple[str, ...]] = {
    "an expression": ("--where", "os_family = 'linux'"),
    "labels": ("-l", "env=prod"),
    "a subnet": ("--subnet", "127.0.0.0/8"),
    "a site": ("--site", "rome"),
    "all": ("--all",),
    "a filter": ("--target", "lin"),
    "a group": ("--target", "desks"),
    "a view": ("--target", "office"),
    "a target": ("--target", "everyone"),
    "a set of names": ("--target", "all - nobody"),
    "names from a pipe": ("--target", "-"),
    "names from a file": ("--target", "@FILE"),
    "who was in a run": ("--target", "@run:R-1"),
}
NAMES = "pc1\npc2\n"


@pytest.fixture
def estate(ok: Run, sweep: None, tmp_path: Path) -> Path:
    """Two computers that every way selects, and a folder in which a file says who was worked on."""
    ok("site", "add", "rome")
    ok("site", "add", "oslo")
    ok("subnet", "add", "127.1.0.0/16", "--site", "rome")
    ok("subnet", "add", "127.2.0.0/16", "--site", "oslo")
    for number in (1, 2):
        ok(
            "computer", "add", f"pc{number}", "--os-family", "linux", "--tag", "env=prod",
            "--address", f"127.1.0.{number}", "--address", f"127.1.9.{number}", "--port", "1",
        )  # fmt: skip
    ok("filter", "add", "lin", "--where", "os_family = 'linux'")
    ok("filter", "add", "nobody", "--where", "os_family = 'none'")
    ok("view", "add", "office")
    ok("group", "add", "desks", "--view", "office", "--where", "tags.env = 'prod'")
    ok("target", "add", "everyone", "--filter", "lin")
    (tmp_path / "names").write_text(NAMES)
    ok("task", "run", "--command", "true", "--all", "--transport", "local")
    return tmp_path


def by_way(run: Run, estate: Path, *argv: str) -> dict[str, Result]:
    """Run a task once for each way, and return what it said."""
    found = {}
    for name, typed in WAYS.items():
        way = [word.replace("@FILE", f"@{estate}/names") for word in typed]
        found[name] = run("task", "run", "--command", "true", *way, *argv, "-o", "ndjson", stdin=NAMES)
    return found


def states(run: Run, name: str) -> dict[str, Any]:
    shown = run("run", "show", name, "-o", "json").json
    return {row["computer"]: (row["state"], row["reason"]) for row in shown["results"]}


HELD = {"pc1": ("queued", "WINDOW-CLOSED"), "pc2": ("succeeded", "")}
FREE = {"pc1": ("succeeded", ""), "pc2": ("succeeded", "")}
FILTER = [("filter", "add", "held", "--where", "tags.frozen = 'yes'")]
EXPLAIN = ("window", "explain", "--computer", "pc1", "--between", "2026-01-05", "2026-01-06", "-o", "json")
FROZEN = ("computer", "set", "pc1", "--tag", "frozen=yes")
# What a blockout is for, as commands, and the command by which pc1 comes under it.
COMES_UNDER = {
    "tagged, a filter": (FILTER, FROZEN),
    "tagged, a target": ([*FILTER, ("target", "add", "aim", "--filter", "held")], FROZEN),
    "tagged, outside of a filter": (
        [("filter", "add", "well", "--where", "tags.env = 'prod'"), ("target", "add", "aim", "--exclude", "well")],
        ("computer", "set", "pc1", "--tag", "env=dmz"),  # whoever is not in `well` is frozen
    ),
    "tagged, a group in a view": (
        [("view", "add", "aim"), ("group", "add", "h", "--view", "aim", "--where", "tags.frozen = 'yes'")],
        FROZEN,
    ),
    "put into a group": (
        [("view", "add", "v"), ("group", "add", "aim", "--view", "v")],
        ("group", "set", "aim", "--member", "pc1"),
    ),
    "taken out of a filter": (
        [
            ("filter", "add", "well", "--member", "pc1", "--member", "pc2"),
            ("target", "add", "aim", "--exclude", "well"),
        ],
        ("filter", "set", "well", "--member", "pc2"),
    ),
    "another site": (
        [("filter", "add", "held", "--where", "site = 'oslo'")],
        ("computer", "set", "pc1", "--address", "127.1.0.1", "--address", "127.2.0.1"),
    ),
    "its site was given its subnet": (
        [("filter", "add", "held", "--where", "site = 'oslo'"), ("subnet", "add", "127.1.0.1/32", "--site", "rome")],
        ("subnet", "set", "127.1.0.1/32", "--site", "oslo"),
    ),
    "tagged, a SQL filter": (
        [("filter", "add", "held", "--sql", "SELECT guid FROM v_tag WHERE key = 'frozen'")],
        FROZEN,
    ),
    "the filter was changed": (
        [("filter", "add", "held", "--where", "name = 'nobody'")],
        ("filter", "set", "held", "--where", "name = 'pc1'"),
    ),
}


@pytest.fixture
def blockout(ok: Run) -> Callable[..., None]:
    """Add a blockout that is on now."""

    def add(target: str) -> None:
        ok(
            "window", "add", "bo", "--type", "blockout", "--at", "2026-01-05T00:00", "--duration", "23h",
            "--timezone", "utc", "--target", target,
        )  # fmt: skip

    return add


@pytest.mark.parametrize("case", COMES_UNDER)
def test_a_blockout_holds_whoever_has_come_under_it(
    run: Run, ok: Run, estate: Path, blockout: Callable[..., None], case: str
) -> None:
    define, move = COMES_UNDER[case]
    for argv in define:
        ok(*argv)
    blockout("aim" if any("aim" in argv for argv in define) else "held")
    ok("membership", "update", "--complete")
    argv = ("task", "run", "--command", "true", "--all", "--transport", "local", "--ignore-window")
    assert run(*argv).code == 0
    ok(*move)
    assert (run(*argv).code, states(run, "R-3")) == (9, HELD)
    assert run(*EXPLAIN).json[0]["why"] == "blockout bo"


def test_a_blockout_holds_it_whatever_selects_it(
    run: Run, ok: Run, estate: Path, blockout: Callable[..., None]
) -> None:
    ok(*FILTER[0])
    blockout("held")
    ok("membership", "update", "--complete")
    ok(*FROZEN)
    found = by_way(run, estate, "--transport", "local")
    assert {way: result.code for way, result in found.items()} == dict.fromkeys(WAYS, 9)
    runs = [f"R-{number}" for number in range(2, 2 + len(WAYS))]
    assert [states(run, number) for number in runs] == [HELD] * len(WAYS)


def test_a_credential_goes_to_nobody_who_has_left_its_target(run: Run, ok: Run, estate: Path, opens: str) -> None:
    ok("filter", "add", "prod", "--where", "tags.zone = 'prod'")
    ok("target", "add", "prod", "--filter", "prod")
    for name in ("pc1", "pc2"):
        ok("computer", "set", name, "--tag", "zone=prod")
    ok("credential", "add", "word", "--kind", "password", "--user", "u", "--secret-stdin", "--target", "prod",
       stdin="not a word\n")  # fmt: skip
    ok("membership", "update", "--complete")
    ok("computer", "set", "pc1", "--tag", "zone=dmz")
    found = by_way(run, estate, "--credential", "word")
    # Nobody listens at port 1: whoever is contacted refuses.
    kept = {"pc1": ("unreachable", "CRED-SCOPE"), "pc2": ("unreachable", "REFUSED")}
    runs = [f"R-{number}" for number in range(2, 2 + len(WAYS))]
    assert [states(run, number) for number in runs] == [kept] * len(WAYS)
    assert {result.code for result in found.values()} == {4}
    ok("computer", "set", "pc1", "--tag", "zone=prod")
    run("run", "retry", "R-2", "--unreachable")
    assert states(run, "R-2")["pc1"] == ("unreachable", "REFUSED")
    ok("computer", "set", "pc1", "--tag", "zone=dmz")
    assert run("run", "retry", "R-2", "--unreachable").code == 4
    assert states(run, "R-2") == kept
    assert "[CRED-SCOPE]" in run("credential", "test", "word", "--computer", "pc1").err


def test_a_credential_of_a_site_follows_the_computer(run: Run, ok: Run, estate: Path, opens: str) -> None:
    ok("credential", "add", "word", "--kind", "password", "--user", "u", "--secret-stdin", "--site", "rome",
       stdin="not a word\n")  # fmt: skip
    argv = ("task", "run", "--command", "true", "--target", "everyone", "--credential", "word")
    assert run(*argv).code == 8
    ok("computer", "set", "pc1", "--address", "127.2.0.1")
    assert run(*argv).code == 4
    assert states(run, "R-3") == {"pc1": ("unreachable", "CRED-SCOPE"), "pc2": ("unreachable", "REFUSED")}


def test_what_is_gone_on_with_obeys_a_blockout_that_has_come_meanwhile(
    run: Run, ok: Run, estate: Path, blockout: Callable[..., None], clock: FrozenClock
) -> None:
    ok(*FILTER[0])
    blockout("held")
    ok("window", "add", "noon", "--type", "maintenance", "--daily", "12:00", "--duration", "2h", "--timezone", "utc",
       "--target", "lin")  # fmt: skip
    ok("schedule", "add", "s", "--daily", "10:00", "--timezone", "utc")
    ok("task", "add", "nothing", "--command", "true")
    ok("policy", "add", "p", "--task", "nothing", "--target", "lin", "--schedule", "s", "--transport", "local")
    ok("membership", "update", "--complete")
    failed = ("task", "run", "--command", "exit 1", "--all", "--transport", "local", "--ignore-window")
    waits = ("task", "run", "--command", "true", "--all", "--transport", "local")
    assert (run(*failed).code, run(*waits).code, run(*waits).code) == (8, 9, 9)
    clock.forward(hours=1)
    run("schedule", "tick", "--no-run")  # R-5, queued by the policy
    ok(*FROZEN)
    assert run("run", "retry", "R-2", "--failed").code == 9
    assert states(run, "R-2") == {"pc1": ("queued", "WINDOW-CLOSED"), "pc2": ("failed", "")}
    clock.forward(hours=2, minutes=30)  # the window is open
    assert run("run", "resume", "R-3").code == 9
    run("schedule", "tick")
    assert [states(run, name) for name in ("R-3", "R-4", "R-5")] == [HELD] * 3
    ok("computer", "set", "pc1", "--tag", "frozen=no")
    assert run("run", "resume", "R-5").code == 0
    assert states(run, "R-5") == FREE


def test_a_computer_that_has_come_into_a_window_waits_for_it(run: Run, ok: Run, estate: Path) -> None:
    ok(*FILTER[0])
    ok("window", "add", "noon", "--type", "maintenance", "--daily", "12:00", "--duration", "2h", "--timezone", "utc",
       "--target", "held")  # fmt: skip
    ok("membership", "update", "--complete")
    ok(*FROZEN)
    assert run("task", "run", "--command", "true", "-l", "env=prod", "--transport", "local").code == 9
    assert states(run, "R-2") == HELD


def test_no_definition_no_contact(run: Run, ok: Run, estate: Path, blockout: Callable[..., None], store: Store) -> None:
    """A blockout whose filter no longer runs is not passed over."""
    ok("filter", "add", "held", "--sql", "SELECT guid FROM v_tag WHERE key = 'frozen'")
    blockout("held")
    with store.engine.begin() as connection:
        connection.execute(sa.text("UPDATE filter SET sql = 'SELECT guid FROM gone'"))
    ok(*FROZEN)
    result = run("task", "run", "--command", f"touch {estate}/touched", "--all", "--transport", "local")
    assert ("[SQL-FILTER]" in result.err, (estate / "touched").exists()) == (True, False)
