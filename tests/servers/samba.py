"""Real Samba servers on loopback: a strict one, and lax ones that leave out what is required of a server.

Accounts are of the machine (`useradd`), for smbd acts as the user who logs in; their passwords are in a database of the
server's own. Use the fixture `samba`.
"""

from __future__ import annotations

import atexit
import functools
import os
import pwd
import secrets
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from examples.lab.ssh_endpoints import free_port
from itmsctl.transports.base import Credentials, Endpoint
from tests.servers import missing

USER = "itms-smb"
_GLOBAL = """
[global]
server role = standalone server
netbios name = LABFS
workgroup = LAB
smb ports = {port}
interfaces = 127.0.0.0/8
bind interfaces only = yes
disable netbios = yes
state directory = {folder}/state
lock directory = {folder}/lock
cache directory = {folder}/cache
pid directory = {folder}/run
private dir = {folder}/private
ncalrpc dir = {folder}/run/ncalrpc
log file = {folder}/log
log level = 1
passdb backend = tdbsam:{folder}/private/passdb.tdb
load printers = no
printcap name = /dev/null
disable spoolss = yes
registry shares = no
force user = root
admin users = {user}
create mask = 0644
max smbd processes = 0
server multi channel support = no
{options}
"""
STRICT = (
    "server min protocol = SMB3_00", "server signing = mandatory", "server smb encrypt = required",
    "map to guest = never",
)  # fmt: skip
# Each leaves out one thing that is required of a server.
LAX = {
    "unencrypted": ("server smb encrypt = off", "map to guest = never"),
    "old": ("server max protocol = SMB2_10", "server min protocol = SMB2_02", "map to guest = never"),
    "guest": ("server smb encrypt = desired", "map to guest = bad user", "guest account = nobody"),
}


class Samba:
    """A server with the shares of `shares`, by name; the first login is by USER and `password`."""

    def __init__(self, shares: dict[str, Path], options: Sequence[str] = STRICT) -> None:
        if shutil.which("smbd") is None:
            missing("samba", "smbd is not installed")
        if os.geteuid() != 0:
            missing("samba", "only root may start smbd here")
        self.folder = Path(tempfile.mkdtemp(prefix="itms-samba-"))
        self.port, self.password = free_port(), secrets.token_hex(8)
        for name in ("state", "lock", "cache", "run/ncalrpc", "private"):
            (self.folder / name).mkdir(parents=True, mode=0o755)
        _account()
        parts = [_GLOBAL.format(port=self.port, folder=self.folder, user=USER, options="\n".join(options))]
        for name, path in shares.items():
            guest = "guest ok = yes" if "map to guest = bad user" in options else f"valid users = {USER}"
            parts.append(f"[{name}]\npath = {path}\nread only = no\n{guest}\n")
        parts.append(f"[forbidden]\npath = {self.folder}\nvalid users = root\n")
        self.config = self.folder / "smb.conf"
        self.config.write_text("".join(parts))
        told = f"{self.password}\n{self.password}\n".encode()
        subprocess.run(
            ["smbpasswd", "-c", self.config, "-s", "-a", USER], input=told, check=True, capture_output=True, timeout=60
        )
        self._process = subprocess.Popen(
            ["smbd", "-F", "--no-process-group", "-s", self.config],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            start_new_session=True,  # it signals its whole group when it ends
        )  # fmt: skip
        atexit.register(self.stop)
        self._wait()

    def _wait(self) -> None:
        end = time.monotonic() + 30
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                return
            except OSError:
                assert self._process.poll() is None, "smbd did not start"
                assert time.monotonic() < end, "smbd did not answer in time"
                time.sleep(0.05)

    def stop(self) -> None:
        """End the server, with those that it started."""
        atexit.unregister(self.stop)
        self._process.terminate()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait(10)
        shutil.rmtree(self.folder, ignore_errors=True)

    def endpoint(self, user: str = USER, port: int | None = None, name: str = "labfs") -> Endpoint:
        """Return the server as a computer."""
        return Endpoint("00000000-0000-4000-8000-000000000445", name, ("127.0.0.1",), port or self.port, user)

    def password_file(self, folder: Path) -> Path:
        """Write its password to a file of a folder, for `--password-file`."""
        place = folder / "pw"
        place.write_text(self.password)
        place.chmod(0o600)
        return place

    def credentials(self, **more: str | None) -> Credentials:
        """Return what it lets in."""
        return Credentials(**({"password": self.password} | more))  # type: ignore[arg-type]


def _account() -> None:
    try:
        pwd.getpwnam(USER)
    except KeyError:
        subprocess.run(["useradd", "--no-create-home", "--shell", "/usr/sbin/nologin", USER], check=True, timeout=60)


@functools.cache
def _strict() -> Samba:
    top = Path(*Path(tempfile.gettempdir()).resolve().parts[:2])
    return Samba({top.name: top, "Zoë 🗂": top})


@pytest.fixture(scope="session")
def samba() -> Samba:
    """A strict server with a share of the name of a folder: `/tmp/x` is the same file in the share `tmp` and here."""
    return _strict()
