"""The catalogue is renewed by ticks, well before it expires, where its keys are at hand and nobody has to be asked."""

from __future__ import annotations

import json
from datetime import datetime, timedelta

from itmsctl.cmdb import facts
from itmsctl.cmdb.work import Reader
from itmsctl.errors import InputError, ItmsError, SigningKeyMissingError, VaultLockedError
from itmsctl.packages.service.catalogue_files import catalogue_of
from itmsctl.packages.service.key_changes import LIFE, renew
from itmsctl.packages.service.publishing import LIVES
from itmsctl.packages.service.signing import SigningDesk
from itmsctl.packages.service.trusted import is_founded
from itmsctl.packages.trust.following import Believed
from itmsctl.packages.trust.metadata import TIMESTAMP
from itmsctl.values.times import from_text

SHARE = 3  # it is renewed once a third of its life is left
_MOST = 64 << 10
_NOT_AT_HAND = (VaultLockedError, SigningKeyMissingError, InputError)


def renewed_in_time(desk: SigningDesk) -> Believed | None:
    """Renew the catalogue where a third of its life is left; return what is believed then.

    None where it is not time, or its keys are not here: `doctor` warns a month before. Raises as `followed`.
    """
    with desk.store.read() as reader:
        days = _due(reader)
    if days is None:
        return None
    try:
        return renew(desk, days)
    except _NOT_AT_HAND:
        return None


def _due(reader: Reader) -> int | None:
    """Return for how many days it is to be renewed; None where it is not time.

    What its last file says is not verified here: whoever renews follows the catalogue first.
    """
    if not is_founded(reader):
        return None
    ends = _end(reader)
    life = timedelta(days=int(facts.fact(reader, LIFE) or LIVES.freshness.days))
    if ends is None or ends - reader.now >= life / SHARE:
        return None
    return life.days


def _end(reader: Reader) -> datetime | None:
    try:
        data = catalogue_of(reader).source(f"{TIMESTAMP}.json", _MOST)
        return None if data is None else from_text(str(json.loads(data)["signed"]["expires"]))
    except (ItmsError, ValueError, KeyError, TypeError):
        return None
