"""What `ssh` is told on its command line, and what the user's ssh_config makes of it (`ssh -G`).

An option on the command line wins over ssh_config. Identity, multiplexing and everything that would run, forward or ask
besides the login is ours; the way there, the user and the keys are ssh_config's where nobody said otherwise.
"""

from __future__ import annotations

import contextlib
import functools
import os
import pwd
import re
import shutil
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from itmsctl.errors import ConnectTimedOutError, InputError, ItmsError, NoCommonAlgorithmError
from itmsctl.transports.endpoint import Credentials, Endpoint, Settings
from itmsctl.transports.failures import shown
from itmsctl.transports.host_keys import wanted_types
from itmsctl.transports.local import PATH
from itmsctl.transports.refusals import BROKEN

# Where agents and tickets are found. Nothing else of our environment reaches ssh, nor what ssh_config starts.
_PASSED_ON = ("SSH_AUTH_SOCK", "KRB5CCNAME", "KRB5_CONFIG", "XDG_RUNTIME_DIR")
_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,254}")
_HOST = re.compile(r"[A-Za-z0-9_:][A-Za-z0-9._:%-]{0,254}")
# Measured: 120 ms of processor time for each connection, five times all the rest of ssh. It goes last, as the built-in
# engine does not have it at all, unless ssh_config orders key exchanges itself.
_COSTLY = "sntrup761"
_ASK_S = 10.0
_LISTS = {
    "ciphers": "Ciphers",
    "macs": "MACs",
    "kexalgorithms": "KexAlgorithms",
    "hostkeyalgorithms": "HostKeyAlgorithms",
}
# ForkAfterAuthentication came with OpenSSH 8.7, which is the oldest that will do.
_OURS = (
    "BatchMode=yes", "LogLevel=DEBUG1", "GlobalKnownHostsFile=/dev/null", "KnownHostsCommand=none", "CheckHostIP=no",
    "HashKnownHosts=no", "UpdateHostKeys=no", "VerifyHostKeyDNS=no", "NoHostAuthenticationForLocalhost=no",
    "ControlMaster=yes", "ControlPersist=no", "ForkAfterAuthentication=no", "RemoteCommand=none",
    "RequestTTY=no", "PermitLocalCommand=no", "ClearAllForwardings=yes", "ForwardAgent=no", "ForwardX11=no",
    "Tunnel=no", "AddKeysToAgent=no", "EscapeChar=none", "ConnectionAttempts=1", "TCPKeepAlive=yes",
    "ServerAliveInterval=10", "ServerAliveCountMax=2",
)  # fmt: skip


def program() -> str:
    """Return the path of `ssh`. Raises InputError where it is not installed."""
    found = shutil.which("ssh", path=PATH)
    if found is None:
        raise InputError(
            "the program ssh is not installed here",
            why=f"the engine openssh runs it; looked in {PATH}",
            hint="apt-get install openssh-client, or --transport ssh",
        )
    return found


def environment(given: Mapping[str, str]) -> dict[str, str]:
    """Return the whole environment of `ssh`."""
    me = pwd.getpwuid(os.geteuid())
    own = {"PATH": PATH, "HOME": me.pw_dir, "USER": me.pw_name, "LOGNAME": me.pw_name, "SHELL": "/bin/sh"}
    return own | {"LC_ALL": "C"} | {name: given[name] for name in _PASSED_ON if name in given}


def alias(endpoint: Endpoint) -> str:
    """Return the host that ssh is called with: the computer's name, so that `Host` lines of ssh_config match it."""
    if _NAME.fullmatch(endpoint.name):
        return endpoint.name
    return next((name for name in endpoint.addresses if _NAME.fullmatch(name)), endpoint.guid)


def options(endpoint: Endpoint, credentials: Credentials, settings: Settings, folder: Path) -> list[str]:
    """Return the options that every call has. `folder` holds the known keys (`k`) and the control socket (`c`)."""
    first_contact = settings.host_keys == "accept-new" and not wanted_types(endpoint)
    words = ["-F", str(settings.ssh_config)] if settings.ssh_config is not None else []
    words += ["-T", "-N", "-S", str(folder / "c")]
    for option in (
        *_OURS,
        f"UserKnownHostsFile={folder / 'k'}",
        f"HostKeyAlias={endpoint.guid}",
        f"StrictHostKeyChecking={'accept-new' if first_contact else 'yes'}",
        f"ConnectTimeout={max(1, round(settings.connect_s + 0.5))}",
    ):
        words += ["-o", option]
    if types := wanted_types(endpoint):
        names = ",".join("rsa-sha2-512,rsa-sha2-256" if name == "ssh-rsa" else name for name in types)
        words += ["-o", f"HostKeyAlgorithms={names}"]
    if "user" not in endpoint.assumed:
        words += ["-l", endpoint.user]
    if "port" not in endpoint.assumed:
        words += ["-p", str(endpoint.port)]
    for path in credentials.key_files:
        words += ["-i", str(path).replace("%", "%%")]
    if credentials.key_files and not credentials.use_agent:
        words += ["-o", "IdentitiesOnly=yes"]
    return words


@dataclass(frozen=True, slots=True)
class HostConfig:
    """What ssh_config says of one computer. `host` is None where it names none, so that the CMDB's addresses go.

    `proxy` is its ProxyJump, or else its ProxyCommand.
    """

    host: str | None
    proxy: str
    user: str
    port: int
    lists: tuple[str, ...]

    @property
    def proxied(self) -> bool:
        """Return whether another program or computer makes the connection."""
        return bool(self.proxy)

    @property
    def jumps(self) -> tuple[str, ...]:
        """Return the jump hosts; a ProxyCommand, which is the same for all that share one, counts as one."""
        return tuple(f"by {jump.rpartition('@')[2]}" for jump in self.proxy.split(",")) if self.proxy else ()


def host_option(host: str) -> list[str]:
    """Return the option that leads to an address of the CMDB."""
    return ["-o", "HostName=" + host.replace("%", "%%")] if _HOST.fullmatch(host) else []


def resolve(words: Sequence[str], name: str, given: Mapping[str, str], deadline: float) -> HostConfig:
    """Ask ssh what it makes of a computer. Raises InputError for a configuration that it does not take."""
    known: dict[str, str] = {}
    ssh = program()
    for line in _ask([ssh, *words, "-G", "--", name], given, deadline).splitlines():
        key, _, value = line.partition(" ")
        known.setdefault(key, value)
    host = known.get("hostname", name)
    proxies = (known.get(key, "none") for key in ("proxyjump", "proxycommand"))
    port = known.get("port", "")
    return HostConfig(
        None if host.lower() == name.lower() else host,
        next((proxy for proxy in proxies if proxy != "none"), ""),
        known.get("user", ""),
        int(port) if port.isdigit() else 22,
        _without_broken(known, _own_order(ssh)),
    )


@functools.cache
def _own_order(ssh: str) -> str:
    """Return the key exchanges of this ssh where nobody configured any."""
    said = _ask([ssh, "-F", "/dev/null", "-G", "--", "x"], {}, time.monotonic() + _ASK_S)
    return next((line.partition(" ")[2] for line in said.splitlines() if line.startswith("kexalgorithms ")), "")


def _without_broken(known: Mapping[str, str], own_order: str) -> tuple[str, ...]:
    words: list[str] = []
    for key, option in _LISTS.items():
        named = known.get(key, "").split(",")
        good = [name for name in named if name and not BROKEN.search(name)]
        if named != [""] and not good:
            raise NoCommonAlgorithmError(
                f"ssh_config allows only broken {option}",
                why=shown(known[key]),
                hint="take that line out of ssh_config; broken algorithms are refused",
            )
        if key == "kexalgorithms" and known.get(key) == own_order:
            good.sort(key=lambda name: name.startswith(_COSTLY))
        if good != named:
            words += ["-o", f"{option}={','.join(good)}"]
    return tuple(words)


def _ask(argv: Sequence[str], given: Mapping[str, str], deadline: float) -> str:
    pipe, null = subprocess.PIPE, subprocess.DEVNULL
    try:
        process = subprocess.Popen(
            argv, stdin=null, stdout=pipe, stderr=pipe, env=environment(given), start_new_session=True, cwd="/"
        )
    except OSError as error:
        raise InputError("ssh cannot be started", why=error.strerror or str(error)) from None
    with process:
        try:
            out, err = process.communicate(timeout=max(0.01, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            raise _slow() from None
    if process.returncode != 0:
        # The first line of an error names file and line; what comes before it are notes of its reading.
        lines = [line for line in err.decode("utf-8", "replace").splitlines() if not line.startswith("debug")]
        raise InputError(
            "ssh does not take its configuration",
            why=shown("; ".join(lines)),
            hint="correct ssh_config, or use another",
        )
    return out.decode("utf-8", "replace")


def _slow() -> ItmsError:
    return ConnectTimedOutError("ssh did not read its configuration in time", why="a `Match exec` of ssh_config hangs?")
