"""A publication that is killed at any write: the mark never goes back, readers see one catalogue or the other (PS2)."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from itmsctl.packages.trust.following import TrustedState, follow
from itmsctl.values.times import system_clock

# Dies by kill -9 at the n-th rename: of a file of the catalogue, a signature, or the mark.
KILLED = """
import os, signal, sys
real, left = os.rename, int(sys.argv.pop(1))
def rename(*args, **more):
    global left
    left -= 1
    if left == 0:
        os.kill(os.getpid(), signal.SIGKILL)
    return real(*args, **more)
os.rename = rename
os.replace = rename
from pathlib import Path
Path.rename = Path.replace = lambda self, target: (rename(self, target), type(self)(target))[1]
from itmsctl.__main__ import run
sys.exit(run())
"""


def command(folder: Path, *argv: str, at: int = 0) -> subprocess.CompletedProcess[str]:
    environment = {
        "HOME": str(folder), "PATH": os.environ["PATH"], "XDG_DATA_HOME": str(folder / "data"),
        "XDG_STATE_HOME": str(folder / "state"), "XDG_CONFIG_HOME": str(folder / "config"),
    }  # fmt: skip
    return subprocess.run(
        [sys.executable, "-c", KILLED, str(at), *argv],
        env=environment, capture_output=True, text=True, timeout=120, cwd=folder,
    )  # fmt: skip


def marks(folder: Path) -> dict[str, int]:
    path = folder / "state" / "itmsctl" / "trust.json"
    states = json.loads(path.read_text()).values() if path.exists() else []
    return {role: mark["version"] for state in states for role, mark in state["marks"].items()}


def readable(folder: Path) -> int:
    """Return the version of the catalogue that a stranger reads, who knows the first root."""
    files = folder / "data" / "itmsctl" / "library" / "catalogue"

    def source(name: str, most: int) -> bytes | None:
        return (files / name).read_bytes()[:most] if (files / name).exists() else None

    return follow(TrustedState((files / "1.root.json").read_bytes()), source, system_clock()).catalogue.version


@pytest.mark.parametrize("first", [True, False], ids=["founding", "publishing"])
def test_killed_at_every_rename_it_goes_on_as_if_nothing_had_been(tmp_path: Path, first: bool) -> None:
    (tmp_path / "app").mkdir()
    (tmp_path / "app" / "a").write_text("a")
    if not first:
        assert command(tmp_path, "package", "import", "app", "--name", "one").returncode == 0
    killed, at = 0, 4 if first else 3  # before that the library has not got the files yet
    step = 2
    while True:
        name = f"p{at}"
        before = marks(tmp_path)
        done = command(tmp_path, "package", "import", "app", "--name", name, at=at)
        after = marks(tmp_path)
        assert all(after[role] >= version for role, version in before.items()), "no mark goes back"
        if done.returncode == -signal.SIGKILL:
            killed += 1
            if before or after:
                assert readable(tmp_path) in {before.get("targets"), before.get("targets", 0) + 1, after.get("targets")}
            again = command(tmp_path, "package", "import", "app", "--name", name)
            assert again.returncode == 0, again.stderr
        else:
            assert done.returncode == 0, done.stderr
        shown = command(tmp_path, "package", "show", name, "-o", "json")
        assert json.loads(shown.stdout)["state"] == "published"
        if done.returncode == 0 or first:
            break
        at += step
    verified = command(tmp_path, "package-catalogue", "verify")
    assert verified.returncode == 0, verified.stderr
    assert killed >= (1 if first else 3)


def test_several_who_publish_at_once_are_all_in_the_catalogue(tmp_path: Path) -> None:
    (tmp_path / "app").mkdir()
    (tmp_path / "app" / "a").write_text("a")
    assert command(tmp_path, "package", "import", "app", "--name", "p0").returncode == 0
    with ThreadPoolExecutor(4) as pool:
        every = pool.map(lambda n: command(tmp_path, "package", "import", "app", "--name", f"p{n}"), range(1, 5))
    assert [done.stderr for done in every if done.returncode] == []
    rows = json.loads(command(tmp_path, "package-catalogue", "list", "-o", "json").stdout)
    assert [row["package"] for row in rows] == [f"p{n}" for n in range(5)]
    assert marks(tmp_path)["targets"] == readable(tmp_path) == 6
