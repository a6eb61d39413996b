"""Commands of the room `sites`."""

from __future__ import annotations

from itmsctl.cli.nouns import noun_group
from itmsctl.sites import columns, service
from itmsctl.sites.kinds import SITE

site_app = noun_group(
    SITE,
    columns.SITE,
    service.SITES,
    examples={
        "add": "itmsctl site add rome --time-zone Europe/Rome",
        "remove": "itmsctl site remove rome --confirm rome",
    },
)
