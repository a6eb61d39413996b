"""The group `gateway`."""

from __future__ import annotations

from itmsctl.cli.later import later
from itmsctl.cli.nouns import NounShelf, noun_group
from itmsctl.hierarchy import columns
from itmsctl.hierarchy.kinds import GATEWAY


@later
def _gateways() -> NounShelf:
    from itmsctl.hierarchy.service.gateway import GATEWAYS

    return GATEWAYS


gateway_app = noun_group(
    GATEWAY,
    columns.GATEWAY,
    _gateways,
    examples={
        "add": "itmsctl gateway add edge1 --leads-to hq --zone dmz --nics 2 --agents 9000 --concurrent 4000",
        "remove": "itmsctl gateway remove edge1 --yes",
    },
)
