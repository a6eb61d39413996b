"""Two servers over a real SSH server each: linked once with an administrator's key, then each with its own alone."""

from __future__ import annotations

import getpass
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from examples.lab.ssh_endpoints import OpenSshServers, find_sshd, free_port, write_key
from tests.conftest import FrozenClock, Result, Run
from tests.servers import missing


@dataclass
class Site:
    """A management server with a home, folders and an SSH server of its own."""

    name: str
    home: Path
    host: str
    port: int
    run_bare: Run

    @property
    def env(self) -> dict[str, str]:
        folders = {f"XDG_{one}_HOME": str(self.home / one.lower()) for one in ("DATA", "STATE", "CONFIG")}
        return {"HOME": str(self.home), **folders}

    @property
    def database(self) -> str:
        return str(self.home / "cmdb.sqlite")

    @property
    def login(self) -> str:
        return f"{getpass.getuser()}@{self.host}:{self.port}"

    @property
    def program(self) -> str:
        set_ = " ".join(f"{name}={value}" for name, value in self.env.items())
        return f"env {set_} {sys.executable} -m itmsctl --db {self.database}"

    @property
    def keys(self) -> Path:
        return self.home / ".ssh" / "authorized_keys"

    def __call__(self, *words: str, **more: str) -> Result:
        return self.run_bare("--db", self.database, *words, env=self.env, **more)


@pytest.fixture
def sites(bare_run: Run, tmp_path: Path) -> Iterator[tuple[Site, Site, str]]:
    """Yield the servers head and rome, and the file of the administrator's key, which logs in to rome."""
    sshd = find_sshd()
    if sshd is None:
        missing("ssh", "the OpenSSH server (sshd) is not installed")
    admin = tmp_path / "admin"
    write_key(admin)
    started, found = [], []
    try:
        for number, name in enumerate(("head", "rome"), 1):
            home = tmp_path / name
            (home / ".ssh").mkdir(parents=True)
            found.append(Site(name, home, f"127.46.14.{number}", free_port(), bare_run))
            allowed = f"AuthorizedKeysFile {found[-1].keys}" + (f" {admin}.pub" if name == "rome" else "")
            options = [allowed, "SetEnv SHLVL=5"]
            started.append(OpenSshServers(home, [found[-1].host], found[-1].port, sshd, options))
        yield found[0], found[1], str(admin)
    finally:
        for one in started:
            one.stop()


def test_two_servers_over_ssh(sites: tuple[Site, Site, str], clock: FrozenClock) -> None:
    head, rome, admin = sites
    clock.moment = datetime.now(UTC)  # the far ends are processes of their own, with the clock of the machine
    assert head("hierarchy", "init", "head").code == 0
    way = ["--ssh", rome.login, "--back", head.login, "--program", rome.program, "--key", admin]
    strict = head("hierarchy", "add-child", "rome", *way)
    assert strict.code == 12, "its host key is not known yet"
    linked = head("hierarchy", "add-child", "rome", *way, "--accept-new")
    assert linked.code == 0, linked.err
    assert "linked as a child" in linked.err
    for site, other in ((head, "rome"), (rome, "head")):
        assert site.keys.read_text().startswith("restrict,command=")
        checked = {row["what"]: row["verdict"] for row in site("hierarchy", "preflight", other, "-o", "json").json}
        needed = ("SSH, its login and its program", "clocks agree", "versions are equal", "its SSH host key is known")
        assert [checked[what] for what in needed] == ["pass"] * 4

    head("filter", "add", "linux", "--where", "os_family = 'linux'")
    rome("computer", "add", "pc1", "--serial", "PC1-SERIAL")
    down = head("replication", "run", "configuration-down", "-o", "json")
    assert (down.code, down.json[0]["state"]) == (0, "sent"), down
    assert rome("filter", "show", "linux").json["where"] == "os_family = 'linux'"
    up = rome("replication", "run", "resources-up", "-o", "json")
    assert (up.code, up.json[0]["state"]) == (0, "sent"), up
    assert head("computer", "show", "pc1").code == 0
    again = head("replication", "run", "configuration-down", "-o", "json").json[0]
    assert (again["records"], again["batches"]) == (0, 1)
    assert {row["verdict"] for row in head("hierarchy", "status", "-o", "json").json} == {"ok"}

    assert rome("hierarchy", "leave", "--yes").code == 0
    assert "itmsctl:" not in rome.keys.read_text()
    again = head("replication", "run", "configuration-down", "-o", "json")
    assert (again.code, again.json) == (0, []), "it was told, and sends nothing any more"


def test_a_peer_over_ssh_stands_beside_and_gets_what_a_rule_says(
    sites: tuple[Site, Site, str], clock: FrozenClock
) -> None:
    head, lab, admin = sites
    clock.moment = datetime.now(UTC)
    assert head("hierarchy", "init", "head").code == 0
    way = ["--ssh", lab.login, "--program", lab.program, "--key", admin, "--accept-new"]
    linked = head("hierarchy", "add-peer", "lab", *way)
    assert (linked.code, "linked, for standalone rules" in linked.err) == (0, True), linked.err
    assert {row["relation"] for row in lab("hierarchy", "show", "-o", "json").json} == {"self", "peer"}
    assert lab("replication-rule", "list", "-o", "name").out == "", "nothing goes by itself"
    assert lab.keys.read_text().startswith("restrict,command=")
    assert not head.keys.exists(), "without --back it may not log in here"
    head("filter", "add", "linux", "--where", "os_family = 'linux'")
    head("replication-rule", "add", "to-lab", "--direction", "out", "--kind", "filter", "--to", "lab")
    sent = head("replication", "run", "to-lab", "-o", "json")
    assert (sent.code, sent.json[0]["state"]) == (0, "sent"), sent
    assert lab("filter", "show", "linux").json["where"] == "os_family = 'linux'"
    child = head("hierarchy", "add-child", "lab", *way)
    assert (child.code, "linked as a peer already" in child.err) == (6, True), child.err
