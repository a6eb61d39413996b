"""What filters may ask for."""

from __future__ import annotations

from itmsctl.cmdb.work import Reader
from itmsctl.expressions.registry import FieldInfo, Registry


def fields(reader: Reader) -> list[FieldInfo]:
    """Return every field that expressions may name, those of the administrators' own data classes too."""
    return Registry.of(reader.connection).fields()
