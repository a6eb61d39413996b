"""Stand-alone packages: built, run as an administrator would, their files loaded; lost, repeated and out of turn."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from itmsctl.inventory.service.packaging import PackagePlan, package_of
from tests.conftest import FrozenClock, Result, Run
from tests.inventory.test_load import files_of, inbox
from tests.servers.machine import can_unshare

__all__ = ["inbox"]

pytestmark = pytest.mark.skipif(os.geteuid() != 0 or not can_unshare("-m"), reason="needs root and namespaces")
GROUPS = "root:x:0:\nwheel:x:10:ann\n"


@dataclass
class Machine:
    """A computer with groups of its own, which runs a package."""

    folder: Path
    package: Path
    inbox: Path

    def groups(self, text: str) -> None:
        (self.folder / "group").write_text(text)

    def run(self, *words: str, shell: str = "sh") -> subprocess.CompletedProcess[str]:
        script = 'mount --bind "$1" /etc/group; shift; exec "$@"'
        argv = [shell, str(self.package), "--state", str(self.folder / "kept"), "--out", str(self.inbox), *words]
        apart = ["unshare", "-m", "sh", "-ec", script, "sh", str(self.folder / "group")]
        return subprocess.run([*apart, *argv], capture_output=True, text=True, timeout=60, check=False)

    def sends(self, *words: str) -> Path:
        done = self.run(*words)
        assert done.returncode == 0, done.stderr
        return Path(done.stdout.strip())


@pytest.fixture(scope="module")
def built() -> bytes:
    """Return a package of two classes."""
    return package_of(PackagePlan(classes=["local_groups", "swap"]), "inventory.sh")


@pytest.fixture
def machine(built: bytes, inbox: Path, tmp_path: Path) -> Machine:
    package = tmp_path / "inventory.sh"
    package.write_bytes(built)
    made = Machine(tmp_path, package, inbox)
    made.groups(GROUPS)
    return made


def told(path: Path) -> dict[str, dict[str, Any]]:
    """Return what a file says of each class, without the numbers of digests."""
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    return {line["class"]: line for line in lines if "class" in line}


def states(path: Path) -> dict[str, str]:
    return {name: line["state"] for name, line in told(path).items()}


def loaded(run: Run, inbox: Path, clock: FrozenClock) -> dict[str, dict[str, Any]]:
    clock.forward(minutes=1)
    return files_of(run("event", "load", str(inbox), "--remove"))


def groups_known(ok: Run) -> list[str]:
    [name] = ok("computer", "list", "-o", "name").out.split()
    shown = ok("computer", "show", name, "--class", "local_groups", "-o", "json").json
    return sorted(row["name"] for row in shown["rows"])


def test_all_first_then_the_difference_alone(run: Run, ok: Run, machine: Machine, clock: FrozenClock) -> None:
    first = machine.sends()
    assert set(states(first).values()) == {"whole"}
    assert first.stat().st_mode & 0o777 == 0o600
    assert loaded(run, machine.inbox, clock)[first.name]["state"] == "loaded"
    assert groups_known(ok) == ["root", "wheel"]
    machine.groups(GROUPS.replace("wheel:x:10:ann", "new:x:11:"))
    second = machine.sends()
    said = told(second)["local_groups"]
    assert [row["name"] for row in said["added"]] == ["new"]
    assert (said["changed"], len(said["removed"])) == ([], 1)
    assert states(second) == {"identification": "whole", "local_groups": "delta", "swap": "same"}
    assert second.stat().st_size < 2048
    assert loaded(run, machine.inbox, clock)[second.name]["state"] == "loaded"
    assert groups_known(ok) == ["new", "root"]
    assert sorted(path.name for path in machine.folder.joinpath("kept").iterdir()) == ["lock", "state.json"]
    assert list(machine.inbox.iterdir()) == []
    assert states(machine.sends("--full"))["local_groups"] == "whole"


def test_a_file_that_was_lost_is_found_and_its_class_alone_comes_whole(
    run: Run, ok: Run, machine: Machine, clock: FrozenClock
) -> None:
    machine.sends()
    loaded(run, machine.inbox, clock)
    machine.groups(GROUPS + "lost:x:12:\n")
    machine.sends().unlink()
    late = machine.sends()
    said = loaded(run, machine.inbox, clock)[late.name]
    assert (said["state"], "local_groups" in said["why"], "--full" in said["hint"]) == ("quarantined", True, True)
    assert "swap" not in said["why"]
    mended = machine.sends()
    assert states(mended) == {"identification": "whole", "local_groups": "whole", "swap": "same"}
    assert loaded(run, machine.inbox, clock)[mended.name]["state"] == "loaded"
    assert groups_known(ok) == ["lost", "root", "wheel"]
    assert states(machine.sends())["local_groups"] == "same"
    assert list(machine.inbox.joinpath(".itms-resync").iterdir()) == []


def test_repeated_and_out_of_turn(run: Run, ok: Run, machine: Machine, clock: FrozenClock, tmp_path: Path) -> None:
    first = machine.sends()
    shutil.copy(first, machine.inbox / "copy.nse")
    assert [one["state"] for one in loaded(run, machine.inbox, clock).values()] == ["loaded", "duplicate"]
    machine.groups(GROUPS + "one:x:12:\n")
    held = machine.sends().rename(tmp_path / "one.nse")
    machine.groups(GROUPS + "one:x:12:\ntwo:x:13:\n")
    early = machine.sends()
    assert loaded(run, machine.inbox, clock)[early.name]["state"] == "quarantined"
    assert groups_known(ok) == ["root", "wheel"]
    held.rename(machine.inbox / "late.nse")
    loaded(run, machine.inbox, clock)
    machine.sends()
    assert [one["state"] for one in loaded(run, machine.inbox, clock).values()] == ["loaded"]
    assert groups_known(ok) == ["one", "root", "two", "wheel"]


def test_what_is_kept_counts_only_where_it_is_whole_and_of_this_computer(machine: Machine) -> None:
    machine.sends()
    assert states(machine.sends())["swap"] == "same"
    kept = machine.folder / "kept" / "state.json"
    good = json.loads(kept.read_text())
    for bad in ("", "{", "[]", kept.read_text()[:-40], json.dumps({**good, "machine": "another"})):
        kept.write_text(bad)
        sent = machine.sends()
        assert states(sent)["swap"] == "whole"
    assert json.loads(sent.read_text().splitlines()[0])["package"]["id"] != good["id"]
    kept.write_text(json.dumps({**good, "full_at": good["full_at"] - 40 * 86_400}))
    assert states(machine.sends())["swap"] == "whole"
    kept.write_text(json.dumps({**good, "counter": 99}))
    assert states(machine.sends())["swap"] == "whole"
    asked = machine.inbox / ".itms-resync"
    asked.mkdir()
    os.mkfifo(asked / f"{good['id']}.json")
    kept.write_text(json.dumps(good))
    assert states(machine.sends())["swap"] == "same"  # a pipe is no note, and nobody waits at it
    machine.folder.joinpath("kept", "resync").touch()
    assert states(machine.sends())["swap"] == "whole"
    assert states(machine.sends("--class", "swap")) == {"identification": "whole", "swap": "same"}


def test_what_goes_wrong_is_said_and_leaves_nothing(machine: Machine) -> None:
    done = machine.run("--out", str(machine.folder / "unmounted"))
    assert (done.returncode, "is it mounted?" in done.stderr) == (1, True)
    done = machine.run("--class", "nothing")
    assert (done.returncode, "local_groups" in done.stderr) == (1, True)
    assert machine.run("--nonsense").returncode == machine.run("--mode", "9").returncode == 2
    theirs = machine.folder / "theirs"
    theirs.mkdir()
    theirs.chmod(0o777)
    done = machine.run("--state", str(theirs))
    assert (done.returncode, "--state" in done.stderr) == (1, True)
    assert list(machine.inbox.iterdir()) == []
    machine.groups("".join(f"group{number}:x:{number}:\n" for number in range(100)))
    small = machine.sends("--max-mib", "0.002")
    assert told(small)["local_groups"]["why"] == "no room for it: 2097 bytes are allowed"
    assert states(machine.sends())["local_groups"] == "whole"


@pytest.mark.parametrize("shell", ["dash", "busybox sh"])
def test_without_python_it_tells_the_basic_classes(
    run: Run, ok: Run, machine: Machine, clock: FrozenClock, shell: str
) -> None:
    text = machine.package.read_text()
    machine.package.write_text(
        text.replace("for P in python3 ", "for P in ", 1).replace("/usr/libexec/platform-", "/no/")
    )
    assert "for P in /no/python" in machine.package.read_text()
    argv = [*shell.split(), str(machine.package), "--out", str(machine.inbox)]
    if Path("/usr/local/bin/python3").exists():
        machine.package.write_text(machine.package.read_text().replace("/usr/local/bin/python3", "/no/python3", 1))
    done = subprocess.run(argv, capture_output=True, text=True, timeout=60, check=True)
    sent = Path(done.stdout.strip())
    assert sent.stat().st_mode & 0o777 == 0o600
    assert loaded(run, machine.inbox, clock)[sent.name]["state"] == "loaded"
    assert "root" in groups_known(ok)
    assert subprocess.run([*argv[:-2], "--state", "x"], check=False, capture_output=True).returncode == 2
    readme = subprocess.run([*argv[:-2], "--readme"], check=True, capture_output=True, text=True).stdout
    assert "event load" in readme


def test_building(run: Run, ok: Run, tmp_path: Path) -> None:
    out = tmp_path / "all.sh"
    built = ok("inventory", "package", "build", "--out", str(out), "--collect", "software")
    assert out.stat().st_mode & 0o777 == 0o700
    assert "all.sh" in built.err

    def refused(*words: str) -> Result:
        return run("inventory", "package", *words)

    assert refused("build", "--out", str(out)).code == 6
    assert refused("build").code == 2
    assert refused("bild", "--out", str(out)).code == 2
    assert refused("build", "--for", "dos", "--out", str(out)).code == 2
    assert refused("build", "--out", str(tmp_path / "b"), "--class", "softwear").code == 3
    assert refused("build", "--out", str(tmp_path / "b"), "--full-every", "0").code == 3
    assert "scp" in ok("inventory", "package", "readme").out
