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


def test_bash_inserts_one_word_for_each_name(environment: dict[str, str], folder: Path) -> None:
    def asked(line: str) -> list[str]:
        """Return what bash is told when a person presses TAB behind a line."""
        code = "import sys; sys.argv = ['itmsctl']; from itmsctl.__main__ import run; run()"
        env = os.environ | environment | {"_ITMSCTL_COMPLETE": "complete_bash", "_ITMSCTL_LINE": line}
        done = subprocess.run([sys.executable, "-c", code], env=env, cwd=folder, capture_output=True, text=True)
        return done.stdout.splitlines()[1:]

    lines = asked("itmsctl site show x")
    assert len(lines) == len([name for name in NAMES if name.startswith("x")])
    script = f"set -- {' '.join(lines)}\n" + 'printf "%s\\0" "$@"'
    done = subprocess.run(["bash", "-c", script], cwd=folder, capture_output=True, text=True, check=True)
    assert set(done.stdout.split("\0")[:-1]) == {name for name in NAMES if name.startswith("x")}
    assert asked("itmsctl site show ~") == ["\\~root"]
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
