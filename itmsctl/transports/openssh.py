"""SSH by the `ssh` program, for people whose access lives in ssh_config: one master for each computer, every step a
session over it (docs/decisions/0002-ssh-engine.md).
"""

from __future__ import annotations

import base64
import contextlib
import os
import shutil
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import ClassVar

from itmsctl.errors import (
    AuthFailedError,
    LinkLostError,
    PrivateKeyError,
    TransferError,
    UnreachableError,
    UsageError,
)
from itmsctl.transports import dial
from itmsctl.transports import openssh_config as config
from itmsctl.transports.attempts import Search
from itmsctl.transports.base import Connection
from itmsctl.transports.endpoint import Credentials, Endpoint, HostKeyPolicy, SeenHostKey
from itmsctl.transports.entries import Listing
from itmsctl.transports.failures import shown
from itmsctl.transports.host_keys import judge
from itmsctl.transports.openssh_log import Attempt, Story, lost
from itmsctl.transports.openssh_master import Master, private_folder
from itmsctl.transports.openssh_mux import MuxError, MuxProgram, listens
from itmsctl.transports.sessions import SessionTransport, broke_off, refused

_NO_NAME = "it is not a host name"


@dataclass(frozen=True, slots=True)
class _AddressTarget:
    """One address to try: its option, its name for messages, its way, and whether none comes after it."""

    words: list[str]
    host: str
    way: config.HostConfig
    last: bool

    def servers(self) -> Iterable[str]:
        """Return the servers at which a login this way needs a place: jump hosts too."""
        return (*self.way.jumps, dial.pair(self.host, self.way.port) + (" by proxy" if self.way.proxied else ""))


class OpensshTransport(SessionTransport):
    """A computer over the `ssh` program."""

    scheme: ClassVar[str] = "openssh"
    _master: Master | None = None
    _user: str = ""

    def _connect(self, deadline: float) -> Connection:
        """Try each address in turn."""
        self._check_credentials()
        way = self._way(deadline)
        search = Search(self.endpoint, partial(self._open, way), deadline, self.settings.address_s)
        return search.through(self._targets(way, deadline))

    def _check_credentials(self) -> None:
        if self.credentials.password is not None or self.credentials.pkeys:
            what = "login password" if self.credentials.password is not None else "key that is not in a file"
            raise UsageError(
                f"the engine openssh takes no {what}",
                why="it runs the ssh program, which logs in by ssh_config, key files, agents or Kerberos",
                hint="--transport ssh, which takes it",
            )
        for path in self.credentials.key_files:
            try:
                path.open("rb").close()
            except OSError as error:
                why = error.strerror or str(error)
                raise PrivateKeyError(f"the private key {path} cannot be read", why=why) from None

    def _way(self, deadline: float) -> config.HostConfig:
        folder = Path("/nonexistent")  # asking makes no connection, so nothing there is read
        words = config.options(self.endpoint, self.credentials, self.settings, folder)
        return config.resolve(words, config.alias(self.endpoint), os.environ, deadline)

    def _targets(self, way: config.HostConfig, deadline: float) -> Iterator[_AddressTarget | UnreachableError]:
        """Yield what to try: ssh_config's host name where it has one, else the addresses of the CMDB in turn.

        Behind a proxy nothing is looked up here: names may mean something only there.
        """
        if way.host is not None:
            yield _AddressTarget([], way.host, way, True)
        elif way.proxied:
            for number, host in enumerate(self.endpoint.addresses, 1):
                words = config.host_option(host)
                last = number == len(self.endpoint.addresses)
                yield (
                    _AddressTarget(words, host, way, last)
                    if words
                    else dial.unresolvable(self.endpoint, host, _NO_NAME)
                )
        else:
            for address in dial.resolve(self._placed(way), deadline):
                if isinstance(address, UnreachableError):
                    yield address
                else:
                    yield _AddressTarget(config.host_option(address.host), address.host, way, address.last)

    def _placed(self, way: config.HostConfig) -> Endpoint:
        return replace(self.endpoint, port=way.port, user=way.user or self.endpoint.user)

    def _open(self, way: config.HostConfig, target: _AddressTarget, deadline: float, share: float) -> Connection:
        """Log in with the named keys; with those of the agent only then, for ssh itself would offer those first."""
        if self.credentials.key_files and self.credentials.use_agent:
            with contextlib.suppress(AuthFailedError, PrivateKeyError):
                return self._log_in(way, target, deadline, share, replace(self.credentials, use_agent=False))
        return self._log_in(way, target, deadline, share, self.credentials)

    def _log_in(
        self, way: config.HostConfig, target: _AddressTarget, deadline: float, share: float, credentials: Credentials
    ) -> Connection:
        begin = time.monotonic()
        folder = private_folder(os.environ)
        try:
            known = folder / "k"
            known.write_text(_known_hosts(self.endpoint), encoding="ascii")
            words = [*config.options(self.endpoint, credentials, self.settings, folder), *way.lists, *target.words]
            master = Master(folder, words, config.alias(self.endpoint), os.environ)
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise
        try:
            if not master.wait_ready(deadline, share):
                late = master.is_running()
                spent = time.monotonic() - begin
                attempt = Attempt(
                    self._placed(way), credentials, self.settings.host_keys, target.host, way.proxy, late, spent
                )
                raise attempt.error(master.story)
            connection = self._learned(master.story, known, target.host)
        except BaseException:
            master.stop(grace_s=0)
            raise
        self._user = master.story.user or way.user
        master.settled()
        self._master = master
        return connection

    def _learned(self, story: Story, known: Path, host: str) -> Connection:
        seen = _seen(self.endpoint, self.settings.host_keys, story, known)
        return Connection(story.address or host, seen, story.algorithms, story.strict_kex, story.method)

    def _is_open(self) -> bool:
        # A master that is being killed closes its socket before it counts as ended.
        return self._master is not None and self._master.is_running() and listens(self._master.socket)

    def _login_user(self) -> str:
        return self._user or self.endpoint.user

    def _start(self, argv: Sequence[str], deadline: float) -> MuxProgram:
        return self._session(argv, deadline)

    def _session(self, command: Sequence[str] | str, deadline: float) -> MuxProgram:
        master = self._master
        if master is None:
            raise broke_off(self.endpoint, "")
        master.listen()
        try:
            return MuxProgram(master.socket, deadline, command, master.listen)
        except MuxError as error:
            if error.refused and master.is_running():
                raise refused(self.endpoint, str(error)) from None
            master.listen()
            why = lost(master.story) if not master.is_running() else str(error)
            if not error.sent:
                raise broke_off(self.endpoint, why) from None
        except OSError as error:
            raise broke_off(self.endpoint, error.strerror or str(error)) from None
        raise LinkLostError(f"the connection to {shown(self.endpoint.name)} was lost", why=shown(why))

    def _list(self, path: str) -> Listing:
        from itmsctl.transports.ssh_sftp import listing, listing_errors

        deadline = time.monotonic() + self.settings.answer_s
        program = self._opened(partial(self._session, "sftp", deadline))
        with listing_errors(self.endpoint, path):
            talk = _Talk(program, deadline)
            try:
                return listing(self.endpoint, talk, path, deadline)
            finally:
                talk.close()

    def _detach(self) -> Callable[[], None]:
        master, self._master = self._master, None
        return master.stop if master is not None else lambda: None


class _Talk:
    """A session as the SFTP library takes it."""

    def __init__(self, program: MuxProgram, deadline: float) -> None:
        self._program, self._deadline = program, deadline
        self._buffer = b""

    def get_name(self) -> str:
        """Return a name for the library's log, which is off."""
        return "sftp"

    def send(self, data: bytes) -> int:
        """Send all; what cannot be sent shows when nothing comes back."""
        self._program.send(data, self._deadline)
        return len(data)

    def recv(self, size: int) -> bytes:
        """Return up to `size` bytes; none at the end."""
        while not self._buffer:
            left = self._deadline - time.monotonic()
            if left <= 0:
                raise TransferError("it did not answer in time")
            self._buffer, _ = self._program.read(left)
            if not self._buffer and self._program.at_end():
                return b""
        data, self._buffer = self._buffer[:size], self._buffer[size:]
        return data

    def close(self) -> None:
        """Close the session."""
        self._program.close()


def _known_hosts(endpoint: Endpoint) -> str:
    """Return the keys of the computer as known_hosts lines: what is not pinned any more counts as revoked."""
    lines = []
    for pin in endpoint.pins:
        if pin.blob:
            kind = pin.blob[4 : 4 + int.from_bytes(pin.blob[:4], "big")].decode("ascii", "replace")
            mark = "" if pin.state == "pinned" else "@revoked "
            lines.append(f"{mark}{endpoint.guid} {kind} {base64.b64encode(pin.blob).decode('ascii')}\n")
    return "".join(lines)


def _seen(endpoint: Endpoint, policy: HostKeyPolicy, story: Story, known: Path) -> SeenHostKey:
    """Return the key that ssh accepted: one of the pins, or the one that it wrote down."""
    shown_print = story.key.fingerprint if story.key is not None else ""
    pinned = [pin for pin in endpoint.pins if pin.state == "pinned"]
    if pinned:
        pin = next((pin for pin in pinned if pin.fingerprint == shown_print), pinned[0])
        return SeenHostKey(pin.key_type, pin.fingerprint, pin.blob)
    for line in known.read_text(encoding="ascii", errors="replace").splitlines():
        words = line.split()
        if len(words) >= 3 and words[0] == endpoint.guid:
            blob = base64.b64decode(words[2])
            return judge(endpoint, policy, words[1], blob)
    raise UnreachableError(f"ssh did not keep the host key of {shown(endpoint.name)}", why=shown(story.last_words()))
