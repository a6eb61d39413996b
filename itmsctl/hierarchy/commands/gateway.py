"""The group `gateway`."""

from __future__ import annotations

from itmsctl.cli.nouns import noun_group
from itmsctl.hierarchy import columns
from itmsctl.hierarchy.kinds import GATEWAY

gateway_app = noun_group(
    GATEWAY,
    columns.GATEWAY,
    examples={
        "add": "itmsctl gateway add edge1 --leads-to hq --zone dmz --nics 2 --agents 9000 --concurrent 4000",
        "remove": "itmsctl gateway remove edge1 --yes",
    },
)
