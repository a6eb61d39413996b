"""What a reference means: which object of a kind a name or a GUID stands for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from itmsctl.cmdb.nouns import kind_of, of_kind, table_of_kind
from itmsctl.cmdb.sets import member_of
from itmsctl.cmdb.work import Reader
from itmsctl.errors import NotFoundError, raise_all
from itmsctl.values.kind import Kind, Type
from itmsctl.values.names import did_you_mean, is_guid, name_key
from itmsctl.values.untrusted import shell_arg


def reference_id(reader: Reader, kind_name: str, name: str) -> int:
    """Return the id of the object that a field refers to by name or GUID.

    Raises NotFoundError that offers a near name.
    """
    return _found(reader, kind_name, name)[0]


def reference_ids(reader: Reader, kind_name: str, names: Sequence[str]) -> dict[str, int]:
    """Return the ids of objects by their stored names, in order, each once; raises as `reference_id`."""
    if not names:
        return {}
    table = table_of_kind(kind_name)
    keys = {name_key(name): name for name in names if not is_guid(name)}
    these = member_of(reader.connection, table.c.name_key, list(keys)) if keys else sa.false()
    statement = of_kind(kind_of(kind_name), sa.select(table.c.name, table.c.id, table.c.name_key).where(these))
    rows = reader.connection.execute(statement).all()
    found = {str(row.name): int(row.id) for row in rows}
    for name in (*(keys[key] for key in keys.keys() - {row.name_key for row in rows}), *filter(is_guid, names)):
        number, stored = _found(reader, kind_name, name)
        found[stored] = number
    return dict(sorted(found.items()))


def with_stored_names(reader: Reader, kind: Kind, fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return fields whose references are stored names, those of a list in their order and each once.

    Raises NotFoundError that offers a near name.
    """
    checked, wrong = dict(fields), list[NotFoundError]()
    for field in kind.fields:
        value = checked.get(field.name)
        try:
            if value and field.link is not None:
                checked[field.name] = list(reference_ids(reader, field.ref, value))
            elif value and field.type is Type.REF:
                checked[field.name] = _found(reader, field.ref, value)[1]
        except NotFoundError as error:
            position = [value.index(error.details["name"])] if isinstance(value, list) else []
            wrong.append(error.about(field.name, *position))
    raise_all(wrong)
    return checked


def _found(reader: Reader, kind_name: str, name: str) -> tuple[int, str]:
    table = table_of_kind(kind_name)
    column, value = (table.c.guid, name.lower()) if is_guid(name) else (table.c.name_key, name_key(name))
    kind = kind_of(kind_name)
    statement = of_kind(kind, sa.select(table.c.id, table.c.name).where(column == value))
    found = reader.connection.execute(statement).first()
    if found is None:
        names = reader.connection.execute(of_kind(kind, sa.select(table.c.name)).limit(20000)).scalars()
        hint = did_you_mean(name, names) or f"itmsctl {kind_name} add {shell_arg(name)}"
        raise NotFoundError(f"no {kind_name} `{name}`", hint=hint, details={"kind": kind_name, "name": name})
    return int(found.id), str(found.name)
