"""What the file of a package says of itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from itmsctl.values.untrusted import storable

_LONGEST = 500
_MOST_DEPENDS = 500


@dataclass(frozen=True, slots=True)
class ReadFacts:
    """What a reader found; all of it may be empty, and none of it is to be trusted."""

    format: str
    name: str = ""
    version: str = ""
    architecture: str = ""
    vendor: str = ""
    product_code: str = ""
    description: str = ""
    depends: tuple[str, ...] = ()
    hints: Mapping[str, str] = field(default_factory=dict)  # what else command lines follow from: the kind of installer

    def bounded(self) -> ReadFacts:
        """Return the same, cut to what the CMDB takes."""
        texts: dict[str, Any] = {name: _short(getattr(self, name)) for name in _TEXTS}
        return replace(self, **texts, depends=tuple(filter(None, map(_short, self.depends[:_MOST_DEPENDS]))))


_TEXTS = ("name", "version", "architecture", "vendor", "product_code", "description")


def _short(text: str) -> str:
    return " ".join(storable(text, _LONGEST).split())
