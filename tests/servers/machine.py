"""A computer of its own kind: an sshd whose programs may be stand-ins, and that can be rebooted or lose its power.

Its boot id is a file of the test, put over the kernel's in a mount namespace of the server. A stand-in for `shutdown`
ends the server; this class then gives it another boot id and starts it again.
"""

from __future__ import annotations

import os
import pwd
import subprocess
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from examples.lab.ssh_endpoints import find_sshd, free_port, wait_for, write_key
from itmsctl.transports.base import Credentials, Endpoint, Settings
from itmsctl.transports.ssh import SshTransport
from tests.servers import missing
from tests.servers.ssh import pin_of

_BOOT_ID = "/proc/sys/kernel/random/boot_id"


def can_unshare(*flags: str) -> bool:
    """Return whether this user may make namespaces."""
    with suppress(OSError):
        return subprocess.run(["unshare", *flags, "true"], capture_output=True).returncode == 0
    return False


class Machine:
    """One computer on loopback. `fakes` are stand-ins for programs: name to shell text."""

    def __init__(self, folder: Path, *, network_namespace: str | None = None, host: str = "127.48.1.1") -> None:
        self.folder, self.host, self.port = folder, host, free_port() if network_namespace is None else 2222
        self.namespace = network_namespace
        self.tools, self.log = folder / "tools", folder / "log"
        self.tools.mkdir(parents=True)
        self.log.mkdir()
        self.boot, self.pid_file = folder / "boot_id", folder / "pid"
        self.key = folder / "key"
        write_key(self.key)
        self.pin = pin_of(write_key(folder / "host_key"))
        self.boots = 0
        self.away_s = 1.0
        self.path = f"{self.tools}:{os.environ['PATH']}"
        self._process: subprocess.Popen[bytes] | None = None
        self._ended = threading.Event()
        self._alone = False
        self._watcher: threading.Thread | None = None

    def fake(self, name: str, text: str) -> None:
        """Put a stand-in in front of a program. `$LOG` is a folder of the test."""
        path = self.tools / name
        path.write_text(f"#!/bin/sh\nLOG={self.log}\n{text}\n")
        path.chmod(0o755)

    def without(self, *names: str) -> None:
        """Take programs away."""
        for folder in os.environ["PATH"].split(":"):
            for program in Path(folder).glob("*"):
                if not program.name.startswith(names) and not (self.tools / program.name).exists():
                    (self.tools / program.name).symlink_to(program)
        self.path = str(self.tools)

    def said(self, name: str) -> list[str]:
        """Return the lines that stand-ins wrote to a file of `$LOG`."""
        path = self.log / name
        return path.read_text().splitlines() if path.exists() else []

    def start(self, *, can_reboot: bool = False, alone: bool = False) -> None:
        """Start the server; one that can reboot needs a mount namespace.

        One that is `alone` has its own processes and its own boot id: `lose_power` ends all of them at once.
        """
        sshd = find_sshd()
        if sshd is None:
            missing("ssh", "the OpenSSH server (sshd) is not installed")
        if can_reboot and not can_unshare("-m"):
            missing("netns", "this user may not make mount namespaces")
        if os.geteuid() == 0:
            Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)
        lines = [
            f"ListenAddress {self.host}:{self.port}", f"HostKey {self.folder}/host_key", f"PidFile {self.pid_file}",
            "UsePAM no", f"AuthorizedKeysFile {self.key}.pub", "StrictModes no", "PermitRootLogin yes", "UseDNS no",
            f"SetEnv SHLVL=5 PATH={self.path} XDG_CONFIG_HOME={self.folder}/etc", "Subsystem sftp internal-sftp",
        ]  # fmt: skip
        config = self.folder / "config"
        config.write_text("\n".join(lines) + "\n")
        self._argv = [sshd, "-D", "-e", "-f", str(config)]
        if can_reboot:
            script = f'mount --bind {self.boot} {_BOOT_ID} && exec "$@"'
            self._argv = ["unshare", "-m", "sh", "-c", script, "sh", *self._argv]
            self.fake("shutdown", f'echo "$*" >>"$LOG/shutdown"; kill $(cat {self.pid_file})')
        self._alone = alone
        if alone:
            if not can_unshare("-m", "-p", "-f"):
                missing("netns", "this user may not make process namespaces")
            script = f'mount -t proc proc /proc && mount --bind {self.boot} {_BOOT_ID} && exec "$@"'
            self._argv = ["unshare", "-m", "-p", "-f", "--kill-child", "sh", "-c", script, "sh", *self._argv]
        if self.namespace is not None:
            self._argv = ["ip", "netns", "exec", self.namespace, *self._argv]
        self._boot()
        if can_reboot:
            self._watcher = threading.Thread(target=self._watch, daemon=True)
            self._watcher.start()

    def _boot(self) -> None:
        self.boot.write_text(f"{uuid.uuid4()}\n")
        with (self.folder / "sshd.log").open("ab") as log:
            self._process = subprocess.Popen(self._argv, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        wait_for(self.host, self.port)
        self.boots += 1

    def _watch(self) -> None:
        while not self._ended.is_set():
            assert self._process is not None
            if self._process.poll() is not None and not self._ended.is_set():
                time.sleep(self.away_s)
                self._boot()
            time.sleep(0.05)

    def lose_power(self) -> None:
        """End every process of the computer at once, and start it again with another boot id."""
        assert self._process is not None
        self._process.kill()
        self._process.wait(20)
        self._boot()

    def stop(self) -> None:
        """End the server."""
        self._ended.set()
        if self._watcher is not None:
            self._watcher.join(20)
        if self._process is not None:
            # What waits for a process namespace is deaf to TERM; its end is the end of all in it.
            (self._process.kill if self._alone else self._process.terminate)()
            self._process.wait(10)

    def endpoint(self, name: str = "machine") -> Endpoint:
        """Return the computer, its host key pinned."""
        user = pwd.getpwuid(os.geteuid()).pw_name
        return Endpoint("00000000-0000-4000-8000-000000000777", name, (self.host,), self.port, user, (self.pin,))

    def way(self) -> SshTransport:
        """Return a way to it."""
        settings = Settings(run_dir=str(self.folder / "runs"), connect_s=3.0)
        return SshTransport(self.endpoint(), Credentials(key_files=(self.key,)), settings)


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[Machine]:
    """Return a computer that is not started yet."""
    made = Machine(tmp_path / "machine")
    yield made
    made.stop()
