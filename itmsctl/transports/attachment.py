"""A file that goes with a mail."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that goes with a mail: its name, its media type such as `text/html`, and its bytes."""

    name: str
    media_type: str
    data: bytes = field(repr=False)
