"""USERS: the shelf of users."""

from __future__ import annotations

from itmsctl.resources.kinds import USER
from itmsctl.resources.service.shelf import ResourceShelf

USERS = ResourceShelf(USER)
