"""The group `user`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from itmsctl.cli.nouns import noun_group
from itmsctl.resources import columns
from itmsctl.resources.kinds import USER


def related(reader: Any, doc: Any) -> Mapping[str, Any]:
    """Return what `show` adds to a resource: its relations."""
    from itmsctl.resources.service.associations import associations_of

    return {"associations": associations_of(reader, doc.id)}


user_app = noun_group(
    USER,
    columns.USER,
    sections=related,
    examples={"add": "itmsctl user add jane --full-name 'Jane Roe' --email jane@example.com"},
)
