"""A computer's user is asked, in a folder there and by `wall` and `notify-send`, whether it is put off."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from itmsctl.packages.service.endpoint_texts import program_text
from itmsctl.software.deferring import PutOff, PutOffOffer, announcement, told_of
from itmsctl.transports.base import Transport
from itmsctl.transports.conversing import Dialogue
from itmsctl.transports.failures import shown
from itmsctl.values.times import from_text

_LIMIT_S = 60.0
_WAITS = frozenset({"ASKED", "LATER", "WAITS"})
_HOW = "To put it off"


def offer_of(options: Mapping[str, Any], software: str) -> PutOffOffer | None:
    """Return what the arguments of a step offer the user of a computer; None where nothing may be put off."""
    if not options["defer"]:
        return None
    by = from_text(options["defer_by"])
    return PutOffOffer(options["defer_as"] or software, options["defer"], options["defer_for"], by)


def put_off(
    transport: Transport, offer: PutOffOffer, software: str, action: str, now: datetime, run_as: str | None
) -> PutOff | None:
    """Return until when a computer waits for its user; None where it may begin: nobody is there, or has to be asked.

    What the computer says counts within what the offer allows. Raises ItmsError where it cannot be asked.
    """
    until = offer.next_moment(now)
    names = {
        "run": offer.run,
        "name": offer.folder,
        "often": str(offer.times),
        "now": str(int(now.timestamp())),
        "next": "0" if until is None else str(int(until.timestamp())),
        "text": shown(announcement(software, action)),
        "how": _HOW,
    }
    said = transport.converse(Dialogue(program_text("later"), names=names, run_as=run_as, limit_s=_LIMIT_S))
    return told_of(offer, said.text, now) if said.word in _WAITS else None
