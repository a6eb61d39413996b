"""A card: what a server says of itself to those that it is linked with, signed with the key that it names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from itmsctl.errors import InputError
from itmsctl.hierarchy.peer import CHANNELS, FILE, Peer
from itmsctl.hierarchy.signed import SignedForm, as_guid, as_list, as_text
from itmsctl.packages.trust.keys import SigningKey, VerifyKey
from itmsctl.values.names import check_name

FORMAT = 1
MAX_CARD = 64 << 10
_FORM = SignedForm(b"itmsctl card 1\n", "card")
_MOST = 64


@dataclass(frozen=True, slots=True)
class ServerCard:
    """Who a server is, and how it is reached: `channel` and `address` are for those who read it."""

    guid: str
    name: str
    key: VerifyKey
    nonce: str
    epoch: int
    version: str
    above: tuple[str, ...] = ()
    channel: str = FILE
    address: str | None = None
    host_keys: tuple[str, ...] = ()

    def as_peer(self, relation: str, now: datetime, *, channel: str, address: str | None) -> Peer:
        """Return the server as the one that reads the card keeps it."""
        return Peer(
            self.guid, self.name, relation, channel, self.key, self.nonce, self.epoch, now,
            address=address, host_keys=self.host_keys, above=self.above,
        )  # fmt: skip


def written(card: ServerCard, key: SigningKey) -> bytes:
    """Return the signed text of a card, one line."""
    signed = {
        "format": FORMAT,
        "guid": card.guid,
        "name": card.name,
        "key": card.key.raw.hex(),
        "nonce": card.nonce,
        "epoch": card.epoch,
        "version": card.version,
        "above": list(card.above),
        "channel": card.channel,
        "address": card.address,
        "host_keys": list(card.host_keys),
    }
    return _FORM.written(signed, key)


def read(data: bytes) -> ServerCard:
    """Return what a card says, which may be anybody's. Raises InputError."""
    try:
        if len(data) > MAX_CARD:
            raise ValueError("it is too long")
        found = _FORM.read(data)
        card = _card(found.said)
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise InputError(
            "this is not the card of a management server",
            why=str(error) if isinstance(error, ValueError) else type(error).__name__,
            hint="make one there: itmsctl hierarchy card --out FILE",
        ) from None
    if not found.is_of(card.key):
        raise InputError(
            f"the card of `{card.name}` is not signed with the key that it names",
            why="it was changed on its way",
            hint="make it again there: itmsctl hierarchy card --out FILE",
        )
    return card


def _card(signed: Mapping[str, Any]) -> ServerCard:
    if signed["format"] != FORMAT:
        raise ValueError("it is of another version of this program")
    key = VerifyKey(bytes.fromhex(signed["key"]))
    channel, address, epoch = signed["channel"], signed["address"], signed["epoch"]
    if len(key.raw) != 32 or channel not in CHANNELS or type(epoch) is not int or not 0 < epoch < 2**31:
        raise ValueError("its key, channel or epoch is not one")
    return ServerCard(
        guid=as_guid(signed["guid"]),
        name=check_name(_text(signed["name"]), "name of the server"),
        key=key,
        nonce=_text(signed["nonce"]),
        epoch=epoch,
        version=_text(signed["version"]),
        above=tuple(as_guid(one) for one in as_list(signed["above"], _MOST)),
        channel=channel,
        address=None if address is None else _text(address),
        host_keys=tuple(_text(one) for one in as_list(signed["host_keys"], _MOST)),
    )


def _text(value: Any) -> str:
    text = as_text(value, 4096)
    if not text.isprintable():
        raise ValueError("a text was expected")
    return text
