"""`package push` on computers: put, checked there, run once, proven; what does not hold runs nowhere."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from examples.lab.ssh_endpoints import Lab
from itmsctl.cmdb.store import Store
from itmsctl.errors import LinkLostError
from itmsctl.packages.service import running
from tests.conftest import Result, Run
from tests.invariants import assert_invariants


@pytest.fixture
def cache(tmp_path: Path) -> str:
    """Return a cache of this test: all computers are this machine."""
    return str(tmp_path / "cache")


@pytest.fixture
def package(ok: Run, tmp_path: Path) -> str:
    """Import a package that leaves a file behind where it was installed, and counts how often it ran."""
    folder = tmp_path / "content"
    folder.mkdir()
    (folder / "in.sh").write_text(f"echo ran >>{tmp_path}/log; true >{tmp_path}/installed\n")
    (folder / "data").write_bytes(b"x" * 1000)
    ok("package", "import", str(folder), "--name", "tool", "--version", "2.0", "--detect", f"file {tmp_path}/installed")
    ok(
        "package", "set", "tool", "--program", "install=sh in.sh", "--program", f"uninstall=rm {tmp_path}/installed",
        "--program", "fail=exit 3", "--program", f"useless=sh -c 'echo {tmp_path}'",
    )  # fmt: skip
    ok("package", "publish", "tool")
    return "tool"


@pytest.fixture
def push(run: Run, cache: str) -> Callable[..., Result]:
    """Push to all computers, over the local transport unless said otherwise."""

    def go(*argv: str) -> Result:
        way = ("--where", "name = 'lab-001'") if "--key" in argv else ("--all",)
        way = way if "--via" in argv else (*way, "--transport", "local")
        kept = () if "--cache" in argv else ("--cache", cache)
        return run("package", "push", *argv, *kept, *way, "-o", "ndjson")

    return go


@pytest.mark.parametrize("transport", ["ssh", "openssh"])
def test_it_is_put_there_run_and_proven(
    lab: Lab, push: Callable[..., Result], package: str, tmp_path: Path, store: Store, transport: str
) -> None:
    way = ("--via", transport, "--key", str(lab.key_file), "--accept-new")
    staged = push(package, "--stage", *way)
    assert (staged.code, staged.lines[0]["exit_status"]) == (0, 0), staged.out + staged.err
    assert "is complete: 2 files" in staged.lines[0]["message"]
    assert not (tmp_path / "log").exists()
    done = push(package, *way)
    assert (done.code, done.lines[0]["message"]) == (0, f"proven: {tmp_path}/installed is there"), done.out + done.err
    again = push(package, *way)
    assert (again.code, again.lines[0]["reason"]) == (0, "UNCHANGED")
    assert (tmp_path / "log").read_text() == "ran\n"
    forced = push(package, "--again", *way)
    assert (forced.code, (tmp_path / "log").read_text()) == (0, "ran\nran\n")
    gone = push(package, "--program", "uninstall", "--keep", "0", *way)
    assert (gone.code, list((tmp_path / "cache").iterdir())) == (0, []), gone.out
    assert_invariants(store)


def test_what_it_came_to_is_the_result_of_its_step(
    local: Callable[..., None], push: Callable[..., Result], ok: Run, package: str, tmp_path: Path
) -> None:
    local("pc1")
    failed = push(package, "--program", "fail")
    assert (failed.code, failed.lines[0]["state"], failed.lines[0]["exit_status"]) == (8, "failed", 3)
    (tmp_path / "content" / "in.sh").write_text("echo did nothing\n")
    ok("package", "import", str(tmp_path / "content"), "--name", package)
    lazy = push(package)
    assert (lazy.code, lazy.lines[0]["reason"], lazy.lines[0]["exit_status"]) == (8, "NOT-DETECTED", 0), lazy.out
    assert lazy.lines[0]["stdout"] == "did nothing\n"
    shown = ok("run", "show", "R-2", "-o", "json").json
    assert shown["results"][0]["message"].endswith(f"detection says: {tmp_path}/installed is not there")


def test_a_step_of_a_job_and_a_content_that_a_run_keeps(
    local: Callable[..., None], run: Run, ok: Run, package: str, cache: str, tmp_path: Path
) -> None:
    local("pc1", "pc2")
    ok("task", "add", "tool", "--kind", "package", "--arg", f"package={package}", "--arg", f"cache={cache}")
    ok("job", "add", "both", "--step", "tool")
    done = run("job", "run", "both", "--where", "name = 'pc1'", "--transport", "local")
    assert done.code == 0, done.out + done.err
    assert (tmp_path / "log").read_text() == "ran\n"
    template = ok("task", "add", "bad", "--kind", "package", "--arg", "package={{ computer.name }}")
    assert template.code == 0
    bad = run("task", "run", "bad", "--all", "--transport", "local", "-o", "ndjson")
    assert (bad.code, bad.lines[0]["reason"]) == (8, "INPUT"), bad.out


@pytest.mark.parametrize("at", [0, 12, -1])
def test_a_flipped_byte_in_the_library_runs_nowhere(
    local: Callable[..., None], push: Callable[..., Result], package: str, tmp_path: Path, at: int
) -> None:
    """PS1: exit 14, with what was wanted."""
    local("pc1")
    objects = [path for path in tmp_path.rglob("library/objects/*/*") if path.is_file()]
    assert len(objects) == 2
    for path in objects:
        data = bytearray(path.read_bytes())
        data[at] ^= 1
        path.chmod(0o600)
        path.write_bytes(data)
    done = push(package)
    assert (done.code, done.lines[0]["state"], done.lines[0]["reason"]) == (14, "failed", "PKG-HASH-MISMATCH"), done.out
    assert "want " in done.lines[0]["message"]
    assert not (tmp_path / "installed").exists()
    assert not [path for path in (tmp_path / "cache").iterdir() if not path.name.startswith(".part-")]


def test_an_end_that_could_not_be_proven_is_asked_and_proven_later(
    local: Callable[..., None],
    push: Callable[..., Result],
    run: Run,
    ok: Run,
    package: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    local("pc1")
    asked: list[str] = []
    detect = running.detect

    def away(*given: object) -> object:
        asked.append("asked")
        if len(asked) == 2:
            raise LinkLostError("the connection was lost")
        return detect(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(running, "detect", away)
    done = push(package)
    assert (done.code, done.lines[0]["state"]) == (10, "unknown"), done.out
    later = run("run", "reconcile", "R-1", "--transport", "local", "-o", "ndjson")
    assert later.code == 0, later.out + later.err
    result = ok("run", "show", "R-1", "-o", "json").json["results"][0]
    assert (result["state"], result["message"]) == ("succeeded", f"proven: {tmp_path}/installed is there")
    assert (tmp_path / "log").read_text() == "ran\n"


def test_what_cannot_be_pushed_is_said_before_anything_is_sent(
    local: Callable[..., None], push: Callable[..., Result], ok: Run, package: str, tmp_path: Path
) -> None:
    local("pc1")
    ok("package", "add", "declared")
    ok("package", "import", str(tmp_path / "content"), "--name", "unpublished")
    ok("package", "set", "unpublished", "--program", "install=true")
    ok("package", "withdraw", "unpublished")
    for argv, code, words in (
        (("nothing",), 5, "no package"),
        (("declared",), 3, "nothing was imported"),
        (("unpublished",), 9, "is not published"),
        ((package, "--program", "instal"), 5, "`install`"),
        ((package, "--keep", "1m"), 3, "keep"),
        ((package, "--cache", "x"), 3, "absolute"),
        ((package, "--reboot", "often"), 3, "often"),
        ((package, "--timeout", "0"), 3, "a time limit of 0 s"),
        ((package, "--timeout", "8d"), 3, "at most a week"),
        ((package, "--via", "local", "--transport", "ssh"), 2, "one thing"),
    ):
        done = push(*argv)
        assert (done.code, words in done.err) == (code, True), (argv, done.code, done.err)
    assert not (tmp_path / "cache").exists()


def test_a_computer_of_another_system_is_told_why(
    local: Callable[..., None], push: Callable[..., Result], ok: Run, package: str
) -> None:
    local("pc1")
    ok("computer", "add", "win1", "--os-family", "windows")
    done = push(package)
    assert done.code == 7
    assert {row["computer"]: row["reason"] for row in done.lines[:-1]} == {"pc1": "", "win1": "INPUT"}, done.out
