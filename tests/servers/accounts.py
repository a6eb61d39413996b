"""Accounts of a kind of their own: other login shells, homes that are full, read-only or missing, busybox alone.

Two sshds in mount namespaces, where /etc/passwd holds these accounts too. Nothing of it is seen outside, and nobody's
own account is touched. Needs root.
"""

from __future__ import annotations

import atexit
import os
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from examples.lab.ssh_endpoints import find_sshd, free_port, wait_for, write_key
from itmsctl.transports.base import Credentials, Endpoint
from tests.servers import missing
from tests.servers.machine import can_unshare
from tests.servers.ssh import pin_of

SHELLS = ("dash", "bash", "csh", "tcsh", "fish", "zsh")
HOMES = ("full", "readonly", "none", "noexec")
BUSYBOX = "busybox"
USER_ID = 64_001


@dataclass(frozen=True, slots=True)
class Account:
    """A way to log in. `folder` belongs to it, whatever its home is like."""

    name: str
    endpoint: Endpoint
    credentials: Credentials
    folder: Path
    user_id: int


class Accounts:
    """An sshd and its accounts: one for each login shell (as root), one for each kind of home (as somebody else)."""

    def __init__(self, *, busybox_only: bool = False) -> None:
        sshd = find_sshd()
        if sshd is None:
            missing("ssh", "the OpenSSH server (sshd) is not installed")
        if os.geteuid() != 0 or not can_unshare("-m"):
            missing("netns", "accounts in a mount namespace need root")
        self.folder = Path(tempfile.mkdtemp(prefix="itms-accounts-"))
        self.folder.chmod(0o755)
        atexit.register(shutil.rmtree, self.folder, ignore_errors=True)
        self._host, self._port = "127.49.1.1", free_port()
        self._key = self.folder / "key"
        write_key(self._key)
        self._pin = pin_of(write_key(self.folder / "host_key"))
        self._accounts: dict[str, Account] = {}
        self._lines: list[str] = []
        # Where a run goes that finds no room at home.
        spare = [f"mount -t tmpfs -o mode=1777 none {folder}" for folder in ("/var/tmp", "/dev/shm")]
        setup = ["mount --make-rprivate /", *spare]
        if busybox_only:
            setup += self._busybox()
        else:
            for shell in SHELLS:
                self._add(shell, _program(shell), 0)
            for number, home in enumerate(HOMES):
                setup += self._home(home, USER_ID + number)
        self._process = self._start(sshd, setup, busybox_only)
        atexit.register(self.stop)

    def __getitem__(self, name: str) -> Account:
        return self._accounts[name]

    def _add(self, name: str, shell: str, user_id: int) -> None:
        home, folder = self.folder / f"home-{name}", self.folder / f"own-{name}"
        for path in (home, folder):
            path.mkdir(mode=0o700)
            os.chown(path, user_id, user_id)
        user = f"itms-{name}"
        self._lines.append(f"{user}:x:{user_id}:{user_id}::{home}:{shell}")
        guid = f"00000000-0000-4000-8000-{len(self._accounts):012}"
        endpoint = Endpoint(guid, name, (self._host,), self._port, user, (self._pin,))
        self._accounts[name] = Account(name, endpoint, Credentials(key_files=(self._key,)), folder, user_id)

    def _home(self, kind: str, user_id: int) -> list[str]:
        self._add(kind, "/bin/sh", user_id)
        home = self.folder / f"home-{kind}"
        own = f"mount -t tmpfs -o mode=700,uid={user_id},gid={user_id}"
        match kind:
            case "full":
                return [f"{own},size=64k none {home}", f"head -c 1000000 /dev/zero >{home}/ballast 2>/dev/null || true"]
            case "readonly":
                return [f"{own},ro none {home}"]
            case "noexec":
                return [f"{own},noexec none {home}"]
        home.rmdir()
        return []

    def _busybox(self) -> list[str]:
        program = _program(BUSYBOX)
        links = self.folder / "bin"
        links.mkdir()
        # A copy under a name of its own: a link that leads to the place it is bound over would lead nowhere.
        copy = self.folder / "busybox"
        shutil.copy2(program, copy)
        for applet in subprocess.run([copy, "--list"], capture_output=True, text=True, check=True).stdout.split():
            (links / applet).symlink_to(copy)
        self._add(BUSYBOX, "/bin/sh", 0)
        return [f"mount --bind {copy} {os.path.realpath('/bin/sh')}"]

    def _start(self, sshd: str, setup: list[str], busybox_only: bool) -> subprocess.Popen[bytes]:
        Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)
        users = self.folder / "passwd"
        users.write_text(Path("/etc/passwd").read_text().rstrip("\n") + "\n" + "\n".join(self._lines) + "\n")
        config = self.folder / "config"
        path = f" PATH={self.folder}/bin" if busybox_only else ""
        lines = [
            f"ListenAddress {self._host}:{self._port}", f"HostKey {self.folder}/host_key", "PidFile none",
            "UsePAM no", f"AuthorizedKeysFile {self._key}.pub", "StrictModes no", "PermitRootLogin yes", "UseDNS no",
            "MaxStartups 100", "MaxSessions 100", "Subsystem sftp internal-sftp", f"SetEnv SHLVL=5{path}",
        ]  # fmt: skip
        config.write_text("\n".join(lines) + "\n")
        # The whole folder: a mount over the file itself goes away when somebody adds a user outside.
        own = self.folder / "etc"
        own.mkdir()
        etc = [f"mount -t tmpfs -o mode=755 none {own}", f"cp -a /etc/. {own}", f"cp {users} {own}/passwd"]
        text = "\n".join([*setup, *etc, f"mount --bind {own} /etc", 'exec "$@"'])
        argv = ["unshare", "-m", "/bin/bash", "-ec", text, "bash", sshd, "-D", "-e", "-f", str(config)]
        with (self.folder / "sshd.log").open("ab") as log:
            process = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        wait_for(self._host, self._port)
        return process

    def stop(self) -> None:
        """End the server."""
        self._process.terminate()
        self._process.wait(10)


def _program(name: str) -> str:
    found = shutil.which(name)
    if found is None:
        missing(name, f"{name} is not installed")
    return found


@cache
def accounts(*, busybox_only: bool = False) -> Accounts:
    """Return the accounts of this process, made on first use."""
    return Accounts(busybox_only=busybox_only)
