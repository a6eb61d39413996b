"""Policies keep the names of what they run on and log in with as text: where those get others, the text follows."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from typing import Any, NamedTuple

import sqlalchemy as sa

from itmsctl.cmdb.doc import Doc
from itmsctl.cmdb.nouns import table_of_kind
from itmsctl.cmdb.sets import member_of
from itmsctl.cmdb.work import Reader, UnitOfWork
from itmsctl.errors import ItmsError
from itmsctl.targeting import selector
from itmsctl.targeting.service import names
from itmsctl.targeting.service.targets import named


class Meaning(NamedTuple):
    """What the texts of a policy meant before something got another name: ids by what is written."""

    collections: Mapping[selector.Name, int]
    credentials: Mapping[str, int]


def naming(reader: Reader, policies: sa.Table, kind: str, ids: Collection[int]) -> list[int]:
    """Return the policies whose texts name some of these collections or credentials."""
    if kind == "credential":
        if "credentials" not in policies.c:
            return []
        table = table_of_kind(kind)
        where = member_of(reader.connection, table.c.id, ids)
        meant = set(reader.connection.execute(sa.select(table.c.name).where(where)).scalars())
        holding = reader.connection.execute(sa.select(policies.c.id, policies.c.credentials))
        return [id_ for id_, given in holding if meant.intersection(given or ())]
    if kind not in names.ALL_KINDS:
        return []
    among = frozenset(ids)
    rows = reader.connection.execute(sa.select(policies.c.id, policies.c.target)).all()
    return [id_ for id_, text in rows if among.intersection(_collections(reader, text).values())]


def meanings(reader: Reader, docs: Sequence[Doc]) -> dict[int, Meaning]:
    """Return what the texts of policies mean now, by id."""
    known = _credentials(reader)
    return {
        doc.id: Meaning(
            _collections(reader, doc.fields["target"]),
            {name: known[name] for name in _logins(doc) if name in known},
        )
        for doc in docs
    }


def rewrite(unit: UnitOfWork, policies: sa.Table, docs: Sequence[Doc], meant: Mapping[int, Meaning]) -> None:
    """Rewrite the texts of policies where they no longer mean what they did."""
    by_id = {id_: name for name, id_ in _credentials(unit).items()}
    for doc in docs:
        was = meant[doc.id]
        values: dict[str, Any] = {}
        credentials = [by_id.get(was.credentials.get(name, 0), name) for name in _logins(doc)]
        if credentials != _logins(doc):
            values["credentials"] = credentials
        if _collections(unit, doc.fields["target"]) != was.collections:
            values["target"] = selector.render(_respelled(unit, selector.parse(doc.fields["target"]), was.collections))
        if values:
            unit.connection.execute(sa.update(policies).where(policies.c.id == doc.id).values(**values))


def _respelled(reader: Reader, node: selector.Selector, meant: Mapping[selector.Name, int]) -> selector.Selector:
    if isinstance(node, selector.Joined):
        left, right = _respelled(reader, node.left, meant), _respelled(reader, node.right, meant)
        return selector.Joined(node.operator, left, right)
    if isinstance(node, selector.Name) and node in meant:
        found = names.by_ids(reader, {meant[node]})
        for text in names.written(reader, list(found.values())).values():
            return selector.parse(text)
    return node


def _collections(reader: Reader, text: str) -> dict[selector.Name, int]:
    found: dict[selector.Name, int] = {}
    for node in _names(selector.parse(text)):
        with suppress(ItmsError):  # it names what is not there: that is no rename
            found[node] = named(reader, node, names.ALL_KINDS).id
    return found


def _names(node: selector.Selector) -> list[selector.Name]:
    if isinstance(node, selector.Joined):
        return [*_names(node.left), *_names(node.right)]
    return [node] if isinstance(node, selector.Name) else []


def _logins(doc: Doc) -> list[str]:
    """Return the names of its credentials; what contacts no computer has none."""
    return list(doc.fields.get("credentials", ()))


def _credentials(reader: Reader) -> dict[str, int]:
    table = table_of_kind("credential")
    return {row.name: row.id for row in reader.connection.execute(sa.select(table.c.name, table.c.id))}
