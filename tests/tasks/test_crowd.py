"""Many computers behind one door: forty at one sshd and behind one jump host, with MaxStartups as OpenSSH ships it.

`-m slow` does each ten times; the others are a sample of that.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest

from examples.lab.ssh_endpoints import Lab, find_sshd
from itmsctl.tasks.service import dispatch
from itmsctl.transports.endpoint import Settings
from tests.conftest import Run
from tests.servers import missing
from tests.servers.ssh import NO_RC_FILES

COUNT = 40
RUNS = [1, pytest.param(10, marks=pytest.mark.slow)]
SHIPPED, TIGHT = "MaxStartups 10:30:100", "MaxStartups 3:100:5"
Crowd = Callable[[Lab], None]


@pytest.fixture
def crowd(ok: Run, sweep: None) -> Crowd:
    """Record forty computers that all stand at the first address of a lab."""

    def add(lab: Lab) -> None:
        place = f'"address": "{lab.hosts[0]}", "port": {lab.port}, "user": "{lab.user}"'
        rows = "".join(f'{{"name": "m{n:02}", {place}}}\n' for n in range(COUNT))
        ok("computer", "import", "-", stdin=rows)

    return add


@pytest.fixture
def door(tmp_path: Path) -> Iterator[Callable[[str], Lab]]:
    """Start an sshd with a setting of MaxStartups."""
    if find_sshd() is None:
        missing("ssh", "the OpenSSH server (sshd) is not installed")
    labs: list[Lab] = []

    def start(limit: str) -> Lab:
        folder = tmp_path / f"lab-{len(labs)}"
        labs.append(Lab(1, folder, engine="openssh", network=49 + len(labs), options=[limit, NO_RC_FILES]))
        return labs[-1]

    yield start
    for lab in labs:
        lab.stop()


def all_came_in(run: Run, lab: Lab, times: int, *argv: str) -> None:
    for _ in range(times):
        result = run("task", "run", "--command", "echo one", "--all", "--key", str(lab.key_file), "--accept-new", *argv)
        reasons = [(line["state"], line["reason"], line["message"]) for line in result.lines[:-1] if line["reason"]]
        assert (result.code, result.lines[-1]["ok"], reasons) == (0, COUNT, [])


@pytest.mark.parametrize("times", RUNS)
@pytest.mark.parametrize("engine", ["ssh", "openssh"])
@pytest.mark.parametrize("limit", [SHIPPED, TIGHT])
def test_forty_at_one_sshd(
    run: Run, crowd: Crowd, door: Callable[[str], Lab], engine: str, limit: str, times: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setattr(dispatch, "Settings", partial(Settings, ssh_config=Path("/dev/null")))
    lab = door(limit)
    crowd(lab)
    # With five places, two of every three logins are turned away at first: more than a slow machine does in 10 s.
    patience = ["--connect-timeout", "60s"] if limit == TIGHT else []
    all_came_in(run, lab, times, "--transport", engine, *patience)


@pytest.mark.parametrize("times", RUNS)
def test_forty_behind_one_jump_host(
    run: Run, crowd: Crowd, door: Callable[[str], Lab], times: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The jump host as OpenSSH ships it; the computers behind it let in as many as come."""
    bastion, lab = door(SHIPPED), door("MaxStartups 1000")
    crowd(lab)
    config = tmp_path / "config"
    config.write_text(
        f"Host bastion\n HostName {bastion.hosts[0]}\n Port {bastion.port}\n User {bastion.user}\n"
        f" IdentityFile {bastion.key_file}\n StrictHostKeyChecking no\n UserKnownHostsFile /dev/null\n"
        "Host m*\n ProxyJump bastion\n"
    )
    monkeypatch.setattr(dispatch, "Settings", partial(Settings, ssh_config=config))
    all_came_in(run, lab, times, "--transport", "openssh")
