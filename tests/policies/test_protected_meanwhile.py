"""A destructive run does not begin on a computer that has become protected while its work waited."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import FrozenClock, Result, Run
from tests.policies.test_protected_now import states

WIPE = ("task", "run", "wipe", "--all", "--transport", "local", "--confirm", "wipe:3")
OK, HELD = ("succeeded", ""), ("cancelled", "PROTECTED")
BECOMES = {
    "tagged": ("computer", "set", "pc2", "--tag", "protected=yes"),
    "a site server": ("server", "add", "pc2", "--service", "package"),
    "the machine of the CMDB": (
        "computer", "set", "pc2", "--machine-id", Path("/etc/machine-id").read_text(encoding="ascii").strip(),
    ),
}  # fmt: skip


@pytest.fixture
def estate(ok: Run, sweep: None, tmp_path: Path) -> Path:
    """Three computers, of which pc1 is protected, and a destructive task that writes a line."""
    for number in (1, 2, 3):
        ok("computer", "add", f"pc{number}", "--address", f"127.1.0.{number}", "--port", "1")
    ok("computer", "set", "pc1", "--tag", "protected=yes")
    ok("task", "add", "wipe", "--command", f"echo x >> {tmp_path}/wiped", "--destructive")
    return tmp_path


def wiped(estate: Path) -> int:
    path = estate / "wiped"
    return len(path.read_text().splitlines()) if path.exists() else 0


def in_a_window(run: Run, ok: Run, clock: FrozenClock) -> Callable[[], Result]:
    ok("filter", "add", "every", "--where", "name like 'pc%'")
    ok("window", "add", "noon", "--type", "maintenance", "--daily", "12:00", "--duration", "2h", "--timezone", "utc",
       "--target", "every")  # fmt: skip
    assert run(*WIPE).code == 9

    def on() -> Result:
        clock.forward(hours=4)
        return run("run", "resume", "R-1")

    return on


def in_the_queue(run: Run, ok: Run, clock: FrozenClock) -> Callable[[], Result]:
    ok(*WIPE, "--no-wait")
    return lambda: run("schedule", "tick")


def in_the_second_wave(run: Run, ok: Run, clock: FrozenClock) -> Callable[[], Result]:
    ok(*WIPE, "--batch", "1,2", "--soak", "1h", "--no-wait")
    run("schedule", "tick")

    def on() -> Result:
        clock.forward(hours=2)
        return run("schedule", "tick")

    return on


def in_an_occurrence_of_a_policy(run: Run, ok: Run, clock: FrozenClock) -> Callable[[], Result]:
    ok("filter", "add", "every", "--where", "name like 'pc%'")
    ok("schedule", "add", "s", "--daily", "10:00", "--timezone", "utc")
    ok("policy", "add", "p", "--task", "wipe", "--target", "every", "--schedule", "s", "--transport", "local",
       "--confirm", "wipe:3")  # fmt: skip
    clock.forward(hours=1)
    run("schedule", "tick", "--no-run")
    return lambda: run("schedule", "tick")


WAITS = (in_a_window, in_the_queue, in_the_second_wave, in_an_occurrence_of_a_policy)


@pytest.mark.parametrize("waits", WAITS)
def test_who_has_become_protected_is_not_begun(
    run: Run, ok: Run, estate: Path, clock: FrozenClock, waits: Callable[..., Callable[[], Result]]
) -> None:
    go_on = waits(run, ok, clock)
    ok(*BECOMES["tagged"])
    told = go_on()
    assert told.code == (9 if waits is in_a_window else 0), "a tick tells of it, and goes on"
    assert "itmsctl run retry R-1 --cancelled" in told.out + told.err
    assert wiped(estate) == 2, "pc1 was confirmed as protected, and pc3 is not"
    assert states(run, "R-1") == {"pc1": OK, "pc2": HELD, "pc3": OK}
    said = [row["message"] for row in run("run", "show", "R-1", "-o", "json").json["results"] if row["message"]]
    assert said == ["it is protected, and was not when R-1 was let pass: itmsctl run retry R-1 --cancelled"]
    refused = run("run", "retry", "R-1", "--cancelled")
    assert (refused.code, "--confirm wipe:1" in refused.err) == (9, True), refused.err
    ok("run", "retry", "R-1", "--cancelled", "--confirm", "wipe:1")
    assert (wiped(estate), states(run, "R-1")["pc2"]) == (3, OK)


@pytest.mark.parametrize("how", BECOMES)
def test_it_holds_however_it_has_become_protected(
    run: Run, ok: Run, estate: Path, clock: FrozenClock, how: str
) -> None:
    ok(*WIPE, "--no-wait")
    ok(*BECOMES[how])
    assert run("run", "resume", "R-1").code == 9
    assert states(run, "R-1") == {"pc1": OK, "pc2": HELD, "pc3": OK}


def test_what_was_confirmed_once_waits_again_without_being_asked(
    run: Run, ok: Run, estate: Path, clock: FrozenClock
) -> None:
    """A retry that was confirmed, and then waits for a window, begins when its turn comes."""
    go_on = in_a_window(run, ok, clock)
    ok(*BECOMES["tagged"])
    assert go_on().code == 9
    clock.forward(hours=4)  # closed again
    assert run("run", "retry", "R-1", "--cancelled", "--confirm", "wipe:1").code == 9
    assert states(run, "R-1")["pc2"] == ("queued", "WINDOW-CLOSED")
    clock.forward(hours=20)
    ok("run", "resume", "R-1")
    assert states(run, "R-1") == dict.fromkeys(("pc1", "pc2", "pc3"), OK)


def test_what_is_not_destructive_goes_on(run: Run, ok: Run, estate: Path) -> None:
    ok("task", "set", "wipe", "--no-destructive")
    ok(*WIPE[:-2], "--no-wait")
    ok(*BECOMES["tagged"])
    ok("run", "resume", "R-1")
    assert wiped(estate) == 3


def test_between_two_steps_only_what_is_always_run_is_run(run: Run, ok: Run, estate: Path, clock: FrozenClock) -> None:
    ok("task", "add", "sick", "--command", f"test -e {estate}/well", "--destructive")
    ok("task", "add", "tidy", "--command", f"echo x >> {estate}/tidied")
    (estate / "j.yaml").write_text(
        "kind: job\nname: j\nspec:\n  steps:\n"
        "  - {task: sick, retries: 2, backoff: 1h}\n  - {task: wipe}\n  - {task: tidy, role: always}\n"
    )
    ok("apply", "-f", str(estate / "j.yaml"))
    ok("job", "run", "j", "--where", "name = 'pc2'", "--transport", "local", "--no-wait")
    run("schedule", "tick")
    assert states(run, "R-1")["pc2"][0] == "queued", "it pauses before the next try"
    ok(*BECOMES["tagged"])
    (estate / "well").touch()
    clock.forward(hours=2)
    run("schedule", "tick")
    assert (wiped(estate), (estate / "tidied").exists()) == (0, True)
    assert states(run, "R-1")["pc2"][0] == "failed", "as its last step that was run"
