"""The table of the room `discovery`, as statements use it."""

from __future__ import annotations

from itmsctl.cmdb.nouns import pairs_of, table_of
from itmsctl.discovery.kinds import DISCOVERY_PROFILE

discovery_profiles = table_of(DISCOVERY_PROFILE)
(discovery_profile_credentials,) = (pairs_of(DISCOVERY_PROFILE, field, link) for field, link in DISCOVERY_PROFILE.links)
