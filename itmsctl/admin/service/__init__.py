"""Use cases of the room `admin`: the life of the database as a whole, and the health of the machine."""

from __future__ import annotations

from itmsctl.admin.service.desk import Desk, peek
from itmsctl.admin.service.life import (
    adopt,
    advice,
    backup,
    checks,
    end_of_audit,
    is_live,
    is_used,
    made,
    maintain,
    restore_from,
    upgrade,
    verify_audit,
)
from itmsctl.admin.service.purging import Purged, keeps_of, parts_of, purge
from itmsctl.admin.service.size import Size, forecast, preallocate, size
from itmsctl.admin.service.status import Status, status

__all__ = [
    "Desk", "Purged", "Size", "Status", "adopt", "advice", "backup", "checks", "end_of_audit", "forecast", "is_live",
    "is_used", "keeps_of", "made", "maintain", "parts_of", "peek", "preallocate", "purge", "restore_from", "size",
    "status", "upgrade", "verify_audit",
]  # fmt: skip
