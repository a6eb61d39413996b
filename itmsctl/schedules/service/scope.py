"""The tables of the room."""

from __future__ import annotations

from itmsctl.resources.service.scope import table_of
from itmsctl.schedules.tables import Schedule, WindowPeriod, WindowTarget

schedules = table_of(Schedule)
windows = table_of(WindowPeriod)
window_targets = table_of(WindowTarget)
