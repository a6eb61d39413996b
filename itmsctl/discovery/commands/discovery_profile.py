"""The group `discovery-profile`."""

from __future__ import annotations

from itmsctl.cli.nouns import noun_group
from itmsctl.discovery import columns
from itmsctl.discovery.kinds import DISCOVERY_PROFILE

discovery_profile_app = noun_group(
    DISCOVERY_PROFILE,
    columns.DISCOVERY_PROFILE,
    examples={
        "add": "itmsctl discovery-profile add office --method ping --method snmp --credential snmp-ops --rate 50",
        "set": "itmsctl discovery-profile set office --timeout 2s --retries 2",
    },
)
