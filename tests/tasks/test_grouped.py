"""Equal output once, with its computers; and reasons by their texts."""

from __future__ import annotations

import json
from collections.abc import Callable

from itmsctl.tasks.grouped import ResultGroups
from itmsctl.tasks.results import ComputerResult
from itmsctl.tasks.sameness import without_names
from itmsctl.tasks.states import State
from itmsctl.tasks.streams import Streams
from itmsctl.transports.outcome import Captured
from tests.conftest import Run

Local = Callable[..., None]
PLAIN = {"NO_COLOR": "1"}
ODD = 'case $ITMS_WHO in web2) echo other; echo bad >&2; exit 3 ;; *) printf "same\\n\\033[31mred" ;; esac'


def result(name: str, out: bytes = b"", **more: object) -> ComputerResult:
    streams = Streams(Captured(out, total=len(out)))
    usual = {"state": State.SUCCEEDED, "attempt": 1, "exit_status": 0, "streams": streams}
    return ComputerResult(name, f"guid-{name}", **(usual | more))  # type: ignore[arg-type]


def test_groups_are_the_largest_first_then_by_name_whatever_came_first() -> None:
    given = [("d", b"x"), ("b", b"y"), ("c", b"x"), ("a", b"z"), ("e", b"x")]
    for order in (given, given[::-1]):
        groups = ResultGroups()
        for name, out in order:
            groups.add(result(name, out))
        found = [(group.computers, group.first.computer) for group in groups.ordered()]
        assert found == [(["c", "d", "e"], "c"), (["a"], "a"), (["b"], "b")]


def test_what_differs_in_anything_that_counts_is_another_group() -> None:
    groups = ResultGroups()
    groups.add(result("a", b"x"))
    groups.add(result("b", b"x", exit_status=3, state=State.FAILED))
    groups.add(result("c", b"x", streams=Streams(Captured(b"x", total=9))))
    groups.add(result("d", b"x", streams=Streams(Captured(b"x", total=1), Captured(b"e", total=1))))
    groups.add(result("e", b"x", duration_s=9.0))
    assert sorted(group.computers for group in groups.ordered()) == [["a", "e"], ["b"], ["c"], ["d"]]
    only = ResultGroups(["stdout"])
    only.add(result("a", b"x"))
    only.add(result("d", b"x", streams=Streams(Captured(b"x", total=1), Captured(b"e", total=1))))
    assert len(only.ordered()) == 1


def test_messages_are_the_same_but_for_what_names_one_computer() -> None:
    first = without_names("web1 at 10.0.0.1:22 refused SHA256:abc/+d after 12 s", result("web1"))
    assert first == without_names("h-2 at 10.22.13.4:22 refused SHA256:xyz after 3 s", result("h-2"))
    assert without_names("x at [fe80::2]:22", result("x")) == without_names("y at [fe80::3:4]:22", result("y"))
    assert without_names("a an 1", result("a")) == without_names("b an 2", result("b"))
    said = [without_names(f"the shell of {user} on {name}", result(name)) for user, name in (("u", "a"), ("v", "b"))]
    assert said[0] != said[1]


def test_a_run_shows_equal_output_once(local: Local, task_run: Run, ok: Run) -> None:
    local("web1", "web2", "web3")
    words = ("--command", ODD, "--all", "--param", "who={{ computer.name }}", "--group")
    shown = task_run(*words, terminal=True, env=PLAIN)
    assert shown.code == 7
    rule = "-" * 15
    assert shown.out == (
        f"{rule}\nweb1,web3 (2)\n{rule}\nsame\n^[[31mred\n"
        f"{rule}\nweb2 (1): failed, exit status 3\n{rule}\nother\n==> stderr <==\nbad\n"
    )
    for again in (("run", "logs", "R-1"), ("run", "show", "R-1")):
        assert ok(*again, "--group", terminal=True, env=PLAIN).out == shown.out
    one = ok("run", "logs", "R-1", "web2", "--stderr", "--group", terminal=True, env=PLAIN).out
    assert one.endswith(f"{rule}\n==> stderr <==\nbad\n")
    assert "other" not in one


def test_groups_as_objects(local: Local, task_run: Run, ok: Run) -> None:
    local("web1", "web2")
    *groups, summary = task_run("--command", "echo hi", "--all", "--group").lines
    assert [(g["type"], g["computers"], g["count"], g["stdout"], g["state"]) for g in groups] == [
        ("group", ["web1", "web2"], 2, "hi\n", "succeeded")
    ]
    assert (summary["type"], summary["ok"]) == ("summary", 2)
    logged = [json.loads(line) for line in ok("run", "logs", "R-1", "--group", "-o", "ndjson").out.splitlines()]
    assert [(g["computers"], g["stdout"]) for g in logged] == [(["web1", "web2"], "hi\n")]


def test_groups_of_a_job(local: Local, ok: Run) -> None:
    local("web1", "web2")
    ok("task", "add", "one", "--command", "echo first")
    ok("task", "add", "two", "--command", "echo second >&2")
    ok("job", "add", "j", "--step", "one", "--step", "two")
    shown = ok("job", "run", "j", "--all", "--transport", "local", "--group", terminal=True, env=PLAIN).out
    assert shown.count("first") == shown.count("second") == 1
    assert "web1,web2 (2)" in shown


def test_group_waits_for_the_whole_output(local: Local, task_run: Run, run: Run) -> None:
    local("web1")
    task_run("--command", "true", "--all")
    for more in ("--raw", "-f"):
        assert run("run", "logs", "R-1", "--group", more).code == 2


def test_reasons_are_told_by_their_texts(local: Local, task_run: Run) -> None:
    local("web1", "web2", "web3")
    words = ("--all", "--param", "who={{ computer.name }}")
    result = task_run("--command", "case $ITMS_WHO in web2) echo two ;; *) echo more ;; esac; exit 3", *words)
    assert "2 failed exit status 3 (web1, web3): more\n" in result.err
    assert "1 failed exit status 3 (web2): two\n" in result.err
    local(*(f"pc{number:03}" for number in range(24)))
    told = task_run("--command", 'echo "$ITMS_WHO"; exit 3', *words).err.splitlines()
    assert sum(line.startswith("1 failed exit status 3 (") for line in told) == 20
    assert any(line.startswith("7 failed exit status 3 (") and "run logs R-2" in line for line in told)


def test_a_run_that_waits_says_so_even_when_quiet(run: Run, ok: Run) -> None:
    ok("computer", "add", "gone", "--address", "127.0.0.1", "--port", "9")
    asked = run("task", "run", "--command", "true", "--all", "--deadline", "90s", "--agent", "-q")
    assert asked.code == 8
    assert "warning: 1 of 1 wait (" in asked.err
    assert "itmsctl run resume R-1" in asked.err
    assert "itmsctl schedule tick" in asked.err
