"""What a recommendation starts from where no numbers are given: the CMDB as it stands."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from itmsctl.cmdb.work import Reader
from itmsctl.sizing.request import Request
from itmsctl.sizing.requests import requests_of
from itmsctl.sizing.service.snapshots import snapshot


def of_cmdb(reader: Reader, given: Mapping[str, Any]) -> list[Request]:
    """Return the requests of the CMDB: one for each management server. Raises InputError where it holds nothing."""
    return requests_of(snapshot(reader), given)
