"""The group `user`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from itmsctl.cli.nouns import noun_group
from itmsctl.resources import columns
from itmsctl.resources.kinds import USER


def _sections(reader: Any, doc: Any) -> Mapping[str, Any]:
    from itmsctl.resources.service.associations import associations_of

    return {"associations": associations_of(reader, doc.id)}


user_app = noun_group(
    USER,
    columns.USER,
    sections=_sections,
    examples={"add": "itmsctl user add jane --full-name 'Jane Roe' --email jane@example.com"},
)
