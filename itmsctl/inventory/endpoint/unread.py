"""Why something could not be read, in words for people."""

from __future__ import annotations


class UnreadError(Exception):
    """A file or a tool could not be read; the text says why."""


class AbsentError(UnreadError):
    """There is no such file or tool on this computer."""


class TimeUpError(UnreadError):
    """Reading took longer than it may."""
