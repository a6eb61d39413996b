"""The catalogue is renewed by ticks, well before it expires, where its keys are at hand and nobody has to be asked.

Every tick looks whether it is time, so that little is imported for it: what signs is imported once it is.
"""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from itmsctl.cmdb import facts
from itmsctl.cmdb.work import Reader
from itmsctl.errors import InputError, ItmsError, SigningKeyMissingError, VaultLockedError
from itmsctl.packages.service.catalogue_files import LIFE, catalogue_of
from itmsctl.packages.trust.roles import FRESHNESS, TIMESTAMP
from itmsctl.values.times import from_text

if TYPE_CHECKING:
    from itmsctl.packages.service.signing import SigningDesk
    from itmsctl.packages.trust.following import Believed

SHARE = 3  # it is renewed once a third of its life is left
_MOST = 64 << 10
_NOT_AT_HAND = (VaultLockedError, SigningKeyMissingError, InputError)


def due(reader: Reader) -> int | None:
    """Return for how many days the catalogue is to be renewed; None where there is none, or it is not time.

    What its last file says is not verified here: whoever renews follows the catalogue first.
    """
    ends = _end(reader)
    if ends is None:
        return None
    life = timedelta(days=int(facts.fact(reader, LIFE) or FRESHNESS.days))
    return life.days if ends - reader.now < life / SHARE else None


def renewed_in_time(desk: SigningDesk, days: int) -> Believed | None:
    """Renew the catalogue for so many days; return what is believed then.

    None where nobody founded one, or its keys are not here: `doctor` warns a month before. Raises as `followed`.
    """
    from itmsctl.packages.service.key_changes import renew
    from itmsctl.packages.service.trusted import is_founded

    with desk.store.read() as reader:
        if not is_founded(reader):
            return None
    try:
        return renew(desk, days)
    except _NOT_AT_HAND:
        return None


def _end(reader: Reader) -> datetime | None:
    try:
        data = catalogue_of(reader).source(f"{TIMESTAMP}.json", _MOST)
        return None if data is None else from_text(str(json.loads(data)["signed"]["expires"]))
    except (ItmsError, ValueError, KeyError, TypeError):
        return None
