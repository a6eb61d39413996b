"""How verbs of `hierarchy` exchange cards: over SSH, or by files; and whose key may log in to this account."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from itmsctl.cli.context import Context
from itmsctl.errors import NotFoundError, UsageError

if TYPE_CHECKING:
    from itmsctl.hierarchy.commands.reaching import LinkOptions
    from itmsctl.hierarchy.peer import Peer

_FOLDERS = ("XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME")


def linked(context: Context, name: str, way: LinkOptions, relation: str) -> tuple[Peer, bool]:
    """Link a server by the way that was typed; return it, and whether anything changed. Raises UsageError."""
    from itmsctl.hierarchy.service import linking

    if sum(one is not None for one in (way.db, way.ssh, way.card)) != 1:
        raise UsageError("how is the server reached?", hint="one of --db URL, --ssh USER@HOST, --card FILE")
    if way.db is not None:
        return linking.add_direct(context.store, name, way.db, relation, context.say)
    return by_card(context, way.card, relation) if way.card is not None else _over_ssh(context, name, way, relation)


def _over_ssh(context: Context, name: str, way: LinkOptions, relation: str) -> tuple[Peer, bool]:
    """Link a server over SSH; let its key hand in batches here where it is to reach this server."""
    from itmsctl.hierarchy.service import ssh_ways
    from itmsctl.hierarchy.ssh_address import read_address

    back = None if way.back is None else read_address(way.back)
    keys = tuple(Path(one).expanduser() for one in way.key)
    login = ssh_ways.login_of(keys, agent=way.agent or not keys)
    peer, changed = ssh_ways.join_over_ssh(
        context.store, name, relation, read_address(way.ssh or ""), back, shlex.split(way.program), login,
        accept_new=way.accept_new,
    )  # fmt: skip
    if back is not None:
        authorize(context, peer)
    return peer, changed


def by_card(context: Context, file: str, relation: str) -> tuple[Peer, bool]:
    """Link the server of a card, reached as the card says."""
    from itmsctl.hierarchy import card as cards
    from itmsctl.hierarchy.peer import DIRECT, FILE
    from itmsctl.hierarchy.service import linking

    card = cards.read(_bytes(context, file))
    channel = FILE if card.channel == DIRECT else card.channel
    return linking.join(context.store, card, relation, channel, card.address if channel != FILE else None)


def write_card(context: Context) -> None:
    """Write the card of this server, signed."""
    from itmsctl.hierarchy.peer import FILE
    from itmsctl.hierarchy.service import linking

    card = linking.own_card(context.store, channel=FILE)
    context.out.line(linking.signed_card(context.store, card).decode("ascii").rstrip("\n"))


def authorize(context: Context, peer: Peer) -> None:
    """Let the key of a neighbour run `replication receive` on this account over SSH, and nothing else."""
    from itmsctl.hierarchy.service import authorized, linking
    from itmsctl.hierarchy.ssh_address import allowing

    words = [sys.executable, "-I", "-m", "itmsctl", "--db", linking.url_of(context.store.place), "replication"]
    environment = {name: context.environment[name] for name in _FOLDERS if context.environment.get(name)}
    line = allowing(peer.believed_key(), peer.guid, [*words, "receive"], environment)
    authorized.authorize(_file(context), line, peer.guid)


def revoke(context: Context, peer: Peer) -> bool:
    """Take the key of a neighbour out of the keys that may log in; return whether it was there."""
    from itmsctl.hierarchy.service import authorized

    return authorized.revoke(_file(context), peer.guid)


def _file(context: Context) -> Path:
    return Path(context.environment.get("HOME") or Path.home()) / ".ssh" / "authorized_keys"


def _bytes(context: Context, file: str) -> bytes:
    from itmsctl.hierarchy.card import MAX_CARD

    if file == "-":
        return context.stdin.read(MAX_CARD + 1).encode("utf-8", "surrogateescape")
    try:
        with Path(file).expanduser().open("rb") as stream:
            return stream.read(MAX_CARD + 1)
    except FileNotFoundError:
        raise NotFoundError(f"there is no file {file}") from None
