"""Names that read alike but are not the same: those of computers, as of every kind (`values.twins`)."""

from __future__ import annotations

from itmsctl.values.twins import same_spelling, skeleton

__all__ = ["same_spelling", "skeleton"]
