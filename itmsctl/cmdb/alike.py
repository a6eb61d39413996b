"""Names that read like another one of their kind, refused for every kind (IM7).

What a name reads like is not stored: of the names that are there, those of other letters are read once in a unit of
work.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from itmsctl.cmdb.nouns import of_kind
from itmsctl.cmdb.work import Reader
from itmsctl.errors import NameTooSimilarError
from itmsctl.values.kind import Kind
from itmsctl.values.names import name_key
from itmsctl.values.twins import skeleton


def refuse(reader: Reader, kind: Kind, table: sa.FromClause, name: str, *, besides: str = "") -> None:
    """Raise NameTooSimilarError where an object of a kind, but for the one named `besides`, reads like this name."""
    plain = skeleton(name)
    if kind.named_for or (besides and skeleton(besides) == plain):
        return
    other = odd(reader, kind, table).get(plain)
    if other is None and plain != name_key(name):
        other = reader.connection.execute(_names(kind, table).where(table.c.name_key == plain)).scalar()
    if other is not None and name_key(other) != name_key(name) and other != besides:
        raise NameTooSimilarError(
            f"`{name}` reads like the {kind.name} `{other}`", hint="give it a name that people can tell apart"
        )


def forget(reader: Reader, kind: Kind, *names: str) -> None:
    """Have names read again where one of these, which are added, changed or removed, is not of plain letters."""
    if not all(name.isascii() and not name.endswith(".") for name in names):
        reader.memo.pop(_key(kind), None)


def odd(reader: Reader, kind: Kind, table: sa.FromClause) -> dict[str, str]:
    """Return the names that are not plain letters, by what they read like."""
    found: dict[str, str] | None = reader.memo.get(_key(kind))
    if found is None:
        sqlite = reader.connection.dialect.name == "sqlite"
        size = sa.func.length(sa.cast(table.c.name, sa.LargeBinary)) if sqlite else sa.func.octet_length(table.c.name)
        other = sa.or_(size != sa.func.length(table.c.name), table.c.name.like("%."))
        names = reader.connection.execute(_names(kind, table).where(other)).scalars()
        found = reader.memo[_key(kind)] = {skeleton(name): name for name in names}
    return found


def _names(kind: Kind, table: sa.FromClause) -> sa.Select[Any]:
    return of_kind(kind, sa.select(table.c.name))


def _key(kind: Kind) -> str:
    return f"odd names of {kind.name}"
