"""The reports that come with the program: one file each in `templates/reports`, found by listing."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from functools import cache

from itmsctl.cmdb.doc import Doc
from itmsctl.cmdb.fields import empty
from itmsctl.documents.templates import texts
from itmsctl.reports.kinds import REPORT, SHIPPED
from itmsctl.reports.written import fields_of
from itmsctl.values.names import name_key

_SPACE = uuid.UUID("6f4f6c5e-8f0b-5c0a-9d0e-3f1f2f0c7a11")  # so that a name has the same GUID everywhere


@cache
def shipped() -> Mapping[str, Doc]:
    """Return them as objects, by the key of the name."""
    found = {}
    for name, text in texts("reports").items():
        given = fields_of(text, f"{name}.sql") | {"source": SHIPPED}
        fields = {field.name: given.get(field.name, empty(field)) for field in REPORT.fields}
        found[name_key(name)] = Doc(0, str(uuid.uuid5(_SPACE, name)), name, 1, fields)
    return found
