"""Names never reach a shell unquoted: not by completion, and not in a command that is shown to be typed."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import Run

NAMES = (
    "x;touch M",
    "x$(touch M)",
    "x`touch M`",
    "x'y",
    'x"y',
    "x*",
    "x y",
    "x\\$(touch M)",
    "x{a,b}",
    "x&z",
    "xplain",
    "~root",
)


@pytest.fixture
def folder(bare_run: Run, tmp_path: Path) -> Path:
    for name in NAMES:
        assert bare_run("site", "add", name).code == 0
    (tmp_path / "empty").mkdir()
    (tmp_path / "empty" / "xfile").touch()
    return tmp_path / "empty"


def asked(environment: dict[str, str], folder: Path, shell: str, line: str) -> str:
    """Return what a shell is told when a person presses TAB behind a line."""
    words = {"COMP_WORDS": line, "COMP_CWORD": str(len(line.split()) - 1), "_TYPER_COMPLETE_ARGS": line}
    words |= {"_ITMSCTL_COMPLETE": f"complete_{shell}", "_TYPER_COMPLETE_FISH_ACTION": "get-args"}
    code = "import sys; sys.argv = ['itmsctl']; from itmsctl.__main__ import run; run()"
    done = subprocess.run(
        [sys.executable, "-c", code], env=os.environ | environment | words, cwd=folder, capture_output=True, text=True
    )
    return done.stdout


def test_bash_inserts_one_word_for_each_name(environment: dict[str, str], folder: Path) -> None:
    lines = asked(environment, folder, "bash", "itmsctl site show x").splitlines()
    assert len(lines) == len([name for name in NAMES if name.startswith("x")])
    script = f"set -- {' '.join(lines)}\n" + 'printf "%s\\0" "$@"'
    done = subprocess.run(["bash", "-c", script], cwd=folder, capture_output=True, text=True, check=True)
    assert set(done.stdout.split("\0")[:-1]) == {name for name in NAMES if name.startswith("x")}
    home = asked(environment, folder, "bash", "itmsctl site show ~").splitlines()
    assert home in ([], ["\\~root"])
    assert sorted(path.name for path in folder.iterdir()) == ["xfile"]


def test_bash_completes_by_its_own_script(environment: dict[str, str], folder: Path) -> None:
    lines = asked(environment, folder, "bash", "itmsctl site show x")
    script = "IFS=$'\\n'; COMPREPLY=( $(cat) ); printf '%s\\n' \"${COMPREPLY[@]}\""
    done = subprocess.run(["bash", "-c", script], input=lines, cwd=folder, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == lines.splitlines()  # no name became that of a file


def test_zsh_runs_nothing_when_it_reads_what_is_offered(environment: dict[str, str], folder: Path) -> None:
    told = asked(environment, folder, "zsh", "itmsctl site show x")
    stub = """_arguments() { local spec=${1#*\\(\\(}; spec=${spec%\\)\\)*}; eval "ws=( $spec )"; print -rl -- $ws }\n"""
    done = subprocess.run(
        ["zsh", "-fc", stub + 'eval "$(cat)"'], input=told, cwd=folder, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert {"x;touch M", "x*", "x y", "x{a,b}", "x&z", "xplain"} == set(done.stdout.splitlines())
    assert sorted(path.name for path in folder.iterdir()) == ["xfile"]


def test_fish_inserts_one_word_for_each_name(environment: dict[str, str], folder: Path) -> None:
    told = asked(environment, folder, "fish", "itmsctl site show x")
    script = "complete --command itmsctl --no-files --arguments '(cat told)'; complete -C 'itmsctl x' --escape"
    (folder.parent / "told").write_text(told)
    done = subprocess.run(
        ["fish", "-c", script], cwd=folder.parent, capture_output=True, text=True, env=os.environ | environment
    )
    words = " ".join(done.stdout.splitlines())
    again = subprocess.run(["fish", "-c", f"printf '%s\\n' {words}"], cwd=folder, capture_output=True, text=True)
    assert set(again.stdout.splitlines()) == {name for name in NAMES if name.startswith("x")}
    assert sorted(path.name for path in folder.iterdir()) == ["xfile"]


def test_hints_are_quoted(run: Run, ok: Run) -> None:
    name = "x;touch M"
    ok("site", "add", name, "--region", "a")
    taken = run("site", "add", name, "--region", "b")
    assert (taken.code, f"itmsctl site set {shlex.quote(name)} ..." in taken.err) == (6, True), taken.err
    ok("computer", "add", "$(touch M)", "--serial", "SN-4711-A")
    ok("computer", "add", "*", "--serial", "SN-4711-B")
    moved = run("site", "set", name, "--region", "c", "--revision", "9")
    assert f"itmsctl site show {shlex.quote(name)}" in moved.err or moved.code == 2
    unasked = run("site", "remove", name)
    assert (unasked.code, f"add --confirm {shlex.quote(name)}" in unasked.err) == (2, True), unasked.err
