"""The way to a neighbour over SSH: with this server's own key, to a host that shows the key that it is known by."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from itmsctl.cmdb.store import Store
from itmsctl.errors import InputError, PeerReplyError
from itmsctl.hierarchy import card as cards
from itmsctl.hierarchy.card import ServerCard
from itmsctl.hierarchy.peer import FILE, SSH, STANDALONE, Peer
from itmsctl.hierarchy.service import identity, linking
from itmsctl.hierarchy.ssh_address import SshAddress, read_address
from itmsctl.transports.base import Transport
from itmsctl.transports.endpoint import Credentials, Endpoint, HostKeyPin, HostKeyPolicy, SeenHostKey, Settings
from itmsctl.transports.reader import Running
from itmsctl.transports.registry import transport_class
from itmsctl.values.fingerprints import fingerprint
from itmsctl.values.untrusted import term

ANSWER_S = 120.0
CONNECT_S = 15.0
_LINE = 1 << 20
_WORDS = 2000
_BESIDE = {STANDALONE: ("--beside",)}  # else it stands below this one


def way_to(store: Store, peer: Peer) -> Transport:
    """Return the transport to a neighbour, not connected yet. Raises CopyActsError; InputError without an address."""
    store.acting()
    where = read_address(peer.address or "")
    keys = Credentials(key_files=(identity.key_path(store),))
    return _transport(peer.guid, peer.name, where, pins_of(peer.host_keys), keys, HostKeyPolicy.STRICT)


def pins_of(lines: Iterable[str]) -> tuple[HostKeyPin, ...]:
    """Return host keys as a transport compares them. Raises InputError."""
    found = []
    for line in lines:
        kind, _, text = line.partition(" ")
        try:
            blob = base64.b64decode(text.split(" ")[0], validate=True)
        except ValueError:
            raise InputError("a host key that is not one", hint="itmsctl hierarchy show") from None
        found.append(HostKeyPin(kind, fingerprint(blob), blob))
    return tuple(found)


def login_of(keys: tuple[Path, ...], *, agent: bool) -> Credentials:
    """Return what to log in with: key files, and the keys of the SSH agent where they may be used."""
    return Credentials(key_files=keys, use_agent=agent)


def join_over_ssh(
    store: Store, name: str, relation: str, where: SshAddress, back: SshAddress | None, program: Sequence[str],
    login: Credentials, *, accept_new: bool,
) -> tuple[Peer, bool]:  # fmt: skip
    """Link a server as a child, or beside this one, by running its own program there; return what is kept of it.

    Both host keys are exchanged: its is the one that it shows, ours the one that this server shows at `back`.
    Raises what a contact raises, PeerReplyError, and as `linking.join` does.
    """
    store.acting()
    linking.refuse_otherwise(store, name, relation)
    mine = linking.own_card(store, channel=FILE if back is None else SSH, address=None if back is None else str(back))
    mine = _with_host_key(mine, back)
    policy = HostKeyPolicy.ACCEPT_NEW if accept_new else HostKeyPolicy.STRICT
    with _transport(mine.guid, name, where, (), login, policy) as transport:
        seen = transport.connect().seen_key
        words = [*program, "hierarchy", "join", "-", "--name", name, "--authorize", *_BESIDE.get(relation, ())]
        text = _asked(transport, words, linking.signed_card(store, mine), name)
    card = cards.read(text)
    if seen is not None:
        card = _showing(card, seen)
    return linking.join(store, card, relation, SSH, str(where))


def _with_host_key(card: ServerCard, back: SshAddress | None) -> ServerCard:
    if back is None:
        return card
    from itmsctl.transports.ssh_scan import scan

    seen = scan(Endpoint(card.guid, card.name, (back.host,), back.port, back.user), CONNECT_S)
    return _showing(card, seen)


def _showing(card: ServerCard, seen: SeenHostKey) -> ServerCard:
    return replace(card, host_keys=(f"{seen.key_type} {base64.b64encode(seen.blob).decode()}",))


def _transport(
    guid: str, name: str, where: SshAddress, pins: tuple[HostKeyPin, ...], keys: Credentials, policy: HostKeyPolicy
) -> Transport:
    endpoint = Endpoint(guid, name, (where.host,), where.port, where.user, pins)
    return transport_class("ssh")(endpoint, keys, Settings(host_keys=policy, connect_s=CONNECT_S))


def _asked(transport: Transport, words: Sequence[str], text: bytes, name: str) -> bytes:
    running = transport.start(words)
    try:
        talk = LineTalk(running, name)
        talk.send(text)
        running.end_input()
        return talk.line(ANSWER_S)
    finally:
        running.close()


class LineTalk:
    """A program on the other server that answers in lines; what it says is bounded, and its errors are kept."""

    def __init__(self, running: Running, name: str) -> None:
        self.running, self.name = running, name
        self._out = b""
        self._err = b""

    def send(self, data: bytes | Path, limit_s: float = ANSWER_S) -> None:
        """Send bytes; where it reads no more, its next line tells."""
        self.running.send(data, time.monotonic() + limit_s)

    def line(self, limit_s: float) -> bytes:
        """Return its next line. Raises PeerReplyError where none comes in time, or it is too long."""
        deadline = time.monotonic() + limit_s
        while b"\n" not in self._out and len(self._out) <= _LINE:
            left = deadline - time.monotonic()
            out, err = self.running.read(max(0.0, min(left, 5.0)))
            self._out += out
            self._err = (self._err + err)[-_WORDS:]
            if not out and not err and (left <= 0 or self.running.at_end() or not self.running.is_alive()):
                raise self._silent("it took too long" if left <= 0 else "the connection ended")
        line, found, self._out = self._out.partition(b"\n")
        if not found:
            raise self._silent("it sent a line without end")
        return line

    def said(self, limit_s: float) -> dict[str, Any]:
        """Return the object of its next line. Raises PeerReplyError."""
        try:
            value = json.loads(self.line(limit_s))
        except (ValueError, RecursionError):
            value = None
        if not isinstance(value, dict):
            raise self._silent("it answered something else")
        return value

    def _silent(self, why: str) -> PeerReplyError:
        words = term(self._err.decode("utf-8", "replace").strip(), keep_newlines=False)
        return PeerReplyError(
            f"`{self.name}` did not answer as a server of this program does",
            why=words or why,
            hint="itmsctl hierarchy preflight; there: itmsctl hierarchy show",
        )
