"""Whom a policy's target means in a design: counted computers, and planned ones that are known by their site alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from itmsctl.cmdb.sets import member_of
from itmsctl.cmdb.work import Reader
from itmsctl.errors import ItmsError
from itmsctl.expressions.evaluate import Predicate, Record, compile_python
from itmsctl.expressions.registry import Registry
from itmsctl.resources.rows import computers
from itmsctl.resources.service.scope import scoped
from itmsctl.sites.rows import computer_site, site
from itmsctl.sites.snapshot import NO_SITE
from itmsctl.sizing.snapshot import DesignSite, DesignSubnet
from itmsctl.targeting import selector, sets
from itmsctl.targeting.definition import Definition
from itmsctl.targeting.rows import targets
from itmsctl.targeting.service import names, picking, structure
from itmsctl.targeting.service.scope import members_of
from itmsctl.targeting.service.targets import named


@dataclass(frozen=True)
class Meant:
    """How many computers a target means, in all and by site."""

    computers: int
    by_site: Mapping[str, int]


class Meanings:
    """What targets mean, each looked up once."""

    def __init__(
        self, reader: Reader, sites: Sequence[DesignSite], subnets: Sequence[DesignSubnet], computers: int, outside: int
    ) -> None:
        self._reader = reader
        self._sites = sites
        self._everyone = Meant(computers, _some({s.name: s.computers for s in sites} | {NO_SITE: outside}))
        self._strangers = {one.name: _stranger(one.name, subnets) for one in sites if one.planned}
        self._known: dict[str, Meant] = {}

    def of(self, target: str) -> Meant:
        """Return whom a target means; nobody where it names what is not there (any more)."""
        if target not in self._known:
            try:
                self._known[target] = self._meant(selector.parse(target))
            except ItmsError:
                self._known[target] = Meant(0, {})
        return self._known[target]

    def _meant(self, node: selector.Selector) -> Meant:
        if isinstance(node, selector.All):
            return self._everyone
        counted, by_site = self._counted(node)
        inside = self._planned_sites(node)
        planned = {one.name: one.computers for one in self._sites if one.name in inside}
        more = sum(number - by_site.get(name, 0) for name, number in planned.items())
        return Meant(counted + more, _some(by_site | planned))

    def _counted(self, node: selector.Selector) -> tuple[int, dict[str, int]]:
        """Count by statements: no list of computers is read."""
        everyone = scoped(sa.select(sa.func.count()).select_from(computers), self._reader)
        total = int(self._reader.scalar(everyone.where(self._inside(node, computers.c.id))))
        if not total:
            return 0, {}
        these = self._inside(node, computer_site.c.computer_id)
        number = sa.func.count(sa.distinct(computer_site.c.computer_id))
        joined = sa.select(site.c.name, number).join_from(computer_site, site, site.c.id == computer_site.c.site_id)
        rows = self._reader.connection.execute(joined.where(these).group_by(site.c.name))
        found = {name: int(count) for name, count in rows}
        placed = sa.select(number).where(these, computer_site.c.site_id.is_not(None))
        return total, found | {NO_SITE: total - int(self._reader.scalar(placed))}

    def _inside(self, node: selector.Selector, column: sa.ColumnElement[int]) -> sa.ColumnElement[bool]:
        match node:
            case selector.All():
                return sa.true()
            case selector.Name():
                found = named(self._reader, node, names.ALL_KINDS)
                return column.in_(members_of(picking.collections_of(self._reader, found)))
            case selector.Joined(operator, left, right):
                ours, theirs = self._inside(left, column), self._inside(right, column)
                return {"&": ours & theirs, "-": ours & ~theirs}.get(operator, ours | theirs)
            case _:
                return member_of(self._reader.connection, column, picking.resolved(self._reader, node))

    def _planned_sites(self, node: selector.Selector) -> frozenset[str]:
        """Return the sites whose planned computers are meant, as far as their site decides it."""
        if not self._strangers:
            return frozenset()
        tree = sets.expanded(self._tree(node), structure.parts(self._reader))
        predicates = self._predicates(sets.ids_of(tree))
        inside = sets.decider(tree)

        def bits(record: Record) -> frozenset[int]:
            return frozenset(i for i, holds in predicates.items() if holds(record) is True)

        return frozenset(name for name, record in self._strangers.items() if inside(bits(record)))

    def _tree(self, node: selector.Selector) -> sets.SetTree:
        match node:
            case selector.All():
                return sets.Everything()
            case selector.Name():
                return self._collection(named(self._reader, node, names.ALL_KINDS))
            case selector.Joined("&", left, right):
                return sets.Both(self._tree(left), self._tree(right))
            case selector.Joined("-", left, right):
                return sets.Without(self._tree(left), self._tree(right))
            case selector.Joined(_, left, right):
                return sets.Either(self._tree(left), self._tree(right))
            case _:
                return sets.AnyOf(frozenset())

    def _collection(self, found: names.NamedCollection) -> sets.SetTree:
        if found.kind != "target":
            return sets.AnyOf(frozenset({found.id}))
        stored = self._reader.scalar(sa.select(targets.c.definition).where(targets.c.id == found.id))
        return Definition.from_json(stored).tree

    def _predicates(self, ids: frozenset[int]) -> dict[int, Predicate]:
        trees = structure.trees(self._reader, ids)
        registry = Registry.of(self._reader.connection)
        return {i: compile_python(tree, now=self._reader.now, registry=registry) for i, tree in trees.items()}


def _stranger(site_name: str, subnets: Sequence[DesignSubnet]) -> Record:
    """Return a computer of which nothing is known but its site: what is unknown never matches."""
    inside: list[str | None] = [subnet.name for subnet in subnets if subnet.site == site_name]
    return Record({"sites": [{"site": site_name, "subnet": name} for name in inside or [None]]})


def _some(numbers: Mapping[str, int]) -> dict[str, int]:
    return {name: number for name, number in sorted(numbers.items()) if number}
