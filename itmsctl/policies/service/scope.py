"""The tables of the room."""

from __future__ import annotations

from itmsctl.policies.tables import Occurrence, Policy, PolicyEvent, PolicySeen
from itmsctl.resources.service.scope import table_of

policies = table_of(Policy)
occurrences = table_of(Occurrence)
events = table_of(PolicyEvent)
seen = table_of(PolicySeen)
