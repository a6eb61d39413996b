"""The group `profile`."""

from __future__ import annotations

from itmsctl.cli.nouns import noun_group
from itmsctl.security import columns, service
from itmsctl.security.kinds import PROFILE

profile_app = noun_group(
    PROFILE,
    columns.PROFILE,
    service.PROFILES,
    examples={"add": "itmsctl profile add linux --user admin --key ~/.ssh/id_ed25519"},
)
