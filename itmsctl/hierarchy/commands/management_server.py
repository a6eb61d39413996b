"""The group `management-server`."""

from __future__ import annotations

from itmsctl.cli.nouns import noun_group
from itmsctl.hierarchy import columns
from itmsctl.hierarchy.kinds import MANAGEMENT_SERVER

management_server_app = noun_group(
    MANAGEMENT_SERVER,
    columns.MANAGEMENT_SERVER,
    name_help="Name of the management server.",
    examples={
        "add": "itmsctl management-server add hq --site rome --manages rome --agent-interval 1h --database off-box",
        "set": "itmsctl management-server set hq --parent top --iops data=600 --raid data=10",
        "remove": "itmsctl management-server remove hq --confirm hq",
    },
)
