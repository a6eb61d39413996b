"""Throw-away SSH computers on the loopback network, for trying itmsctl out and for its tests.

    python examples/lab/ssh_endpoints.py --count 4 --dir /tmp/lab

writes /tmp/lab/endpoints.csv and /tmp/lab/id_ed25519, prints "ready", and runs until SIGTERM or Ctrl-C. Each computer
has an address of its own (127.44.1.1, 127.44.2.1, 127.44.1.2 ...) in two subnets, and this user's account. Where the
machine has an OpenSSH server, and this user a login shell that runs commands, that is started, with or without root;
else a small SSH server in this process stands in, which really runs the commands. Nothing listens outside the loopback
network.
"""

from __future__ import annotations

import argparse
import contextlib
import csv
import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import paramiko
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from paramiko.common import AUTH_FAILED, AUTH_SUCCESSFUL, OPEN_FAILED_ADMINISTRATIVELY_PROHIBITED, OPEN_SUCCEEDED

# sshd listens on sixteen addresses at most.
ADDRESSES_A_SERVER = 16
# Up to here each computer gets a server, and so a host key, of its own.
OWN_KEY_UP_TO = 32
START_S = 20.0


def addresses(count: int, network: int = 44) -> list[str]:
    """Answer loopback addresses, by turns in the subnets 127.N.1.0/24 and 127.N.2.0/24, then in the next two."""
    found = []
    for number in range(count):
        pair, host = divmod(number // 2, 250)
        found.append(f"127.{network}.{pair * 2 + number % 2 + 1}.{host + 1}")
    return found


def write_key(path: Path) -> str:
    """Make an Ed25519 key pair in a file of mode 0600; answers the public line."""
    key = Ed25519PrivateKey.generate()
    public = key.public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode("ascii")
    with os.fdopen(os.open(path, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600), "wb") as file:
        file.write(key.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption()))
    path.with_name(path.name + ".pub").write_text(public + " lab\n", encoding="ascii")
    return public


def find_sshd() -> str | None:
    """Answer the path of the OpenSSH server, or None."""
    return shutil.which("sshd", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin:/sbin")


def runs_commands(shell: str) -> bool:
    """Return whether a login shell runs what it is given: OpenSSH turns accounts away whose shell does not."""
    shell = shell or "/bin/sh"  # as the system reads an empty one
    return os.access(shell, os.X_OK) and Path(shell).name not in {"nologin", "false"}


class OpenSshServers:
    """OpenSSH servers in the foreground, each for some of the addresses."""

    def __init__(self, folder: Path, hosts: Sequence[str], port: int, sshd: str, options: Iterable[str] = ()) -> None:
        self._processes: list[subprocess.Popen[bytes]] = []
        self.host_keys: dict[str, str] = {}
        self.log = folder / "sshd.log"
        if os.geteuid() == 0:
            # The server insists on this folder, and Debian makes it only when its service starts.
            Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)
        size = 1 if len(hosts) <= OWN_KEY_UP_TO else ADDRESSES_A_SERVER
        try:
            for number, start in enumerate(range(0, len(hosts), size)):
                self._start(folder, number, hosts[start : start + size], port, sshd, options)
            for host in hosts:
                wait_for(host, port, self._check)
        except BaseException:
            self.stop()
            raise

    def _start(
        self, folder: Path, number: int, hosts: Sequence[str], port: int, sshd: str, options: Iterable[str]
    ) -> None:
        key = folder / f"host_key_{number}"
        public = write_key(key)
        self.host_keys.update(dict.fromkeys(hosts, public))
        # The server takes the first value of a setting.
        lines = [
            *options, *(f"ListenAddress {host}:{port}" for host in hosts), f"HostKey {key}", "PidFile none",
            "UsePAM no", f"AuthorizedKeysFile {folder}/id_ed25519.pub", "StrictModes no", "PermitRootLogin yes",
            "UseDNS no",
            "PasswordAuthentication no", "KbdInteractiveAuthentication no", "PrintMotd no", "PrintLastLog no",
            "MaxStartups 1000:30:2000", "MaxSessions 100", "LogLevel ERROR", "Subsystem sftp internal-sftp",
        ]  # fmt: skip
        config = folder / f"sshd_config_{number}"
        config.write_text("\n".join(lines) + "\n", encoding="ascii")
        if (
            subprocess.run([sshd, "-t", "-f", config, "-o", "PerSourcePenalties=no"], capture_output=True).returncode
            == 0
        ):
            config.write_text("\n".join([*lines, "PerSourcePenalties no"]) + "\n", encoding="ascii")
        with self.log.open("ab") as log:
            process = subprocess.Popen(
                [sshd, "-D", "-e", "-f", config], stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )
        self._processes.append(process)

    def _check(self) -> None:
        if any(process.poll() is not None for process in self._processes):
            raise RuntimeError(f"sshd ended: {self.log.read_text(errors='replace').strip()}")

    def stop(self) -> None:
        """End the servers that were started here; connections that stand go with them."""
        for process in self._processes:
            process.terminate()
        for process in self._processes:
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(5)


class InProcessServers:
    """SSH servers in this process, one listener and one host key for each address."""

    def __init__(self, folder: Path, hosts: Sequence[str], port: int) -> None:
        words = (folder / "id_ed25519.pub").read_text(encoding="ascii").split()
        self._allowed = words[1]
        self.host_keys: dict[str, str] = {}
        self._listeners: list[socket.socket] = []
        for number, host in enumerate(hosts):
            self.host_keys[host] = write_key(folder / f"host_key_{number}")
            key = paramiko.PKey.from_path(folder / f"host_key_{number}")
            listener = socket.create_server((host, port), backlog=100)
            self._listeners.append(listener)
            threading.Thread(target=self._accept, args=(listener, key), daemon=True).start()

    def _accept(self, listener: socket.socket, key: paramiko.PKey) -> None:
        while True:
            try:
                client, _ = listener.accept()
            except OSError:
                return
            transport = paramiko.Transport(client)
            transport.add_server_key(key)
            with contextlib.suppress(paramiko.SSHException, EOFError, OSError):
                transport.start_server(event=threading.Event(), server=_Account(self._allowed))

    def stop(self) -> None:
        """Stop listening."""
        for listener in self._listeners:
            listener.close()


class _Account(paramiko.ServerInterface):
    """This user's account: one key, commands only."""

    def __init__(self, allowed: str) -> None:
        self._allowed = allowed
        self._user = pwd.getpwuid(os.geteuid()).pw_name

    def get_allowed_auths(self, username: str) -> str:
        del username  # there is one account
        return "publickey"

    def check_auth_publickey(self, username: str, key: paramiko.PKey) -> int:
        same = username == self._user and key.get_base64() == self._allowed
        return AUTH_SUCCESSFUL if same else AUTH_FAILED

    def check_channel_request(self, kind: str, chanid: int) -> int:
        del chanid  # any number will do
        return OPEN_SUCCEEDED if kind == "session" else OPEN_FAILED_ADMINISTRATIVELY_PROHIBITED

    def check_channel_exec_request(self, channel: paramiko.Channel, command: bytes) -> bool:
        threading.Thread(target=_serve, args=(channel, command), daemon=True).start()
        return True


def _serve(channel: paramiko.Channel, command: bytes) -> None:
    pipe, home = subprocess.PIPE, pwd.getpwuid(os.geteuid()).pw_dir
    home = home if os.access(home, os.X_OK) else "/"
    # Running what the client asks for is what an SSH server is for; the client proved to be this user.
    process = subprocess.Popen(
        ["/bin/sh", "-c", command],
        stdin=pipe,
        stdout=pipe,
        stderr=pipe,
        start_new_session=True,
        cwd=home,
        env=os.environ | {"SSH_CONNECTION": _connection(channel)},
    )
    assert process.stdin
    assert process.stdout
    assert process.stderr
    outputs = [
        threading.Thread(target=_pump, args=(process.stdout.fileno(), channel.sendall), daemon=True),
        threading.Thread(target=_pump, args=(process.stderr.fileno(), channel.sendall_stderr), daemon=True),
    ]
    threading.Thread(target=_feed, args=(channel, process), daemon=True).start()
    for thread in outputs:
        thread.start()
    for thread in outputs:
        thread.join()
    status = process.wait()
    process.stdout.close()
    process.stderr.close()
    with contextlib.suppress(OSError, EOFError, paramiko.SSHException):
        if status >= 0:
            channel.send_exit_status(status)
        channel.close()


def _connection(channel: paramiko.Channel) -> str:
    """Answer what an SSH server tells a command: the client's address and port, then its own."""
    link: Any = channel.get_transport().sock
    return " ".join(str(part) for part in (*link.getpeername()[:2], *link.getsockname()[:2]))


def _pump(source: int, send: object) -> None:
    assert callable(send)
    with contextlib.suppress(OSError):
        while data := os.read(source, 32_000):
            send(data)


def _feed(channel: paramiko.Channel, process: subprocess.Popen[bytes]) -> None:
    assert process.stdin
    channel.settimeout(None)
    with contextlib.suppress(OSError, EOFError):
        while data := channel.recv(32_000):
            process.stdin.write(data)
    with contextlib.suppress(OSError):
        process.stdin.close()


def wait_for(host: str, port: int, check: object = None) -> None:
    """Wait until an SSH server answers."""
    limit = time.monotonic() + START_S
    while True:
        if callable(check):
            check()
        try:
            with socket.create_connection((host, port), 1) as sock:
                sock.settimeout(2)
                if sock.recv(4).startswith(b"SSH"):
                    return
        except OSError:
            time.sleep(0.02)
        if time.monotonic() > limit:
            raise RuntimeError(f"no SSH server answers at {host}:{port}")


def free_port() -> int:
    """Answer a port that nothing listens on."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


class Lab:
    """Some computers, their key, and their list."""

    def __init__(
        self,
        count: int,
        folder: Path,
        *,
        port: int = 0,
        engine: str = "auto",
        network: int = 44,
        options: Iterable[str] = (),
    ) -> None:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.folder, self.hosts, self.port = folder, addresses(count, network), port or free_port()
        account = pwd.getpwuid(os.geteuid())
        self.user = account.pw_name
        self.key_file = folder / "id_ed25519"
        write_key(self.key_file)
        sshd = find_sshd() if engine in ("auto", "openssh") else None
        if engine == "openssh" and sshd is None:
            raise RuntimeError("this machine has no OpenSSH server")
        self.note = ""
        if sshd and not runs_commands(account.pw_shell):
            self.note = f"OpenSSH refuses {self.user}: the login shell {account.pw_shell} runs no commands"
            if engine == "openssh":
                raise RuntimeError(f"{self.note}; --engine in-process does without it")
            sshd = None
        self.engine = "openssh" if sshd else "in-process"
        self.servers: OpenSshServers | InProcessServers
        if sshd:
            self.servers = OpenSshServers(folder, self.hosts, self.port, sshd, options)
        else:
            self.servers = InProcessServers(folder, self.hosts, self.port)
        self._write_list()

    def _write_list(self) -> None:
        with (self.folder / "endpoints.csv").open("w", encoding="utf-8", newline="") as file:
            rows = csv.writer(file, lineterminator="\n")
            rows.writerow(["name", "address", "port", "user", "os_family", "tags"])
            for number, host in enumerate(self.hosts, 1):
                rows.writerow([f"lab-{number:03}", host, self.port, self.user, "linux", "lab=loopback"])

    def stop(self) -> None:
        """End what was started."""
        self.servers.stop()


def main(argv: Sequence[str]) -> int:
    """Run the lab until a signal ends it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=4, help="how many computers (4)")
    parser.add_argument("--dir", type=Path, required=True, help="folder for keys and the list; made if missing")
    parser.add_argument("--port", type=int, default=0, help="port of all of them (a free one)")
    parser.add_argument("--engine", choices=["auto", "openssh", "in-process"], default="auto")
    options = parser.parse_args(argv)
    ended = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ended.set())
    lab = Lab(options.count, options.dir.resolve(), port=options.port, engine=options.engine)
    try:
        if lab.note:
            sys.stderr.write(f"{lab.note}; the small SSH server of this program stands in\n")
        sys.stdout.write(f"ready: {options.count} computers, {lab.engine}, {lab.folder / 'endpoints.csv'}\n")
        sys.stdout.flush()
        ended.wait()
    finally:
        lab.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
