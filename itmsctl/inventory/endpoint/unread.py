"""Why something could not be read, in words for people."""

from __future__ import annotations


class UnreadError(Exception):
    """A file or a tool could not be read; the text says why."""


class AbsentError(UnreadError):
    """The computer does not have this file or this tool."""


class TimeUpError(UnreadError):
    """Reading took longer than it may."""
