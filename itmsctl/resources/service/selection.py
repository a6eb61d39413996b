"""Which computers a command means: `--where`, `-l`, `--site`, `--subnet`, `--target`, names, `--all`.

Several of them together mean the computers that satisfy all of them. Verbs that change or run want a selector.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Protocol

import sqlalchemy as sa

from itmsctl.cmdb.nouns import table_of_kind
from itmsctl.cmdb.references import reference_id
from itmsctl.cmdb.sets import member_of
from itmsctl.cmdb.several import refuse_missing
from itmsctl.cmdb.store import Store
from itmsctl.cmdb.work import Reader
from itmsctl.errors import FieldError, NotFoundError, SelectorRequiredError, SizeGuardError
from itmsctl.resources import hooks
from itmsctl.resources.kinds import COMPUTER
from itmsctl.resources.rows import v_computer
from itmsctl.resources.service.computers import COMPUTERS, computer_ids
from itmsctl.resources.service.scope import scoped
from itmsctl.resources.service.shelf import in_order
from itmsctl.values.addresses import prefix
from itmsctl.values.lean import dataclass
from itmsctl.values.names import did_you_mean

_SORTABLE = {"name", "revision", "created_at", "changed_at", *(f.column_name for f in COMPUTER.fields if f.column_name)}


@dataclass(frozen=True, eq=False, repr=False)
class ComputerSelection:
    """What was asked for, as it was written. `all` asks for every computer, and goes with nothing else.

    `inside` are the ids that another room found for a selector of its own (`hooks.targeted`).
    """

    where: str | None = None
    labels: str | None = None
    site: str | None = None
    subnet: str | None = None
    names: tuple[str, ...] = ()
    all: bool = False
    inside: frozenset[int] | None = None

    @property
    def given(self) -> bool:
        """Return whether anything was asked for, `--all` apart."""
        asked = (self.where, self.labels, self.site, self.subnet, self.inside)
        return bool(self.names) or any(one is not None for one in asked)

    def require(self, *, by_name: bool = False) -> None:
        """Raise SelectorRequiredError unless there is a selector or `--all`, and not both.

        `by_name` says that the verb takes names of computers too.
        """
        if self.given and self.all:
            raise SelectorRequiredError("--all and a selector contradict each other", hint="leave one of them out")
        if not self.given and not self.all:
            names = "names, -, " if by_name else ""
            raise SelectorRequiredError(
                "which computers?",
                hint=f"give {names}--where EXPR, -l TAGS, --site SITE, --subnet CIDR, --target X, or --all",
            )


class AskedSelectors(Protocol):
    """Selectors as they were typed."""

    @property
    def where(self) -> str | None:
        """Return an expression."""

    @property
    def labels(self) -> str | None:
        """Return a selector over tags."""

    @property
    def site(self) -> str | None:
        """Return the name of a site."""

    @property
    def subnet(self) -> str | None:
        """Return a prefix."""

    @property
    def target(self) -> str | None:
        """Return a selector of `--target`."""


def selected(
    store: Store,
    asked: AskedSelectors,
    names: Sequence[str],
    stdin: Iterable[str],
    warn: Callable[[str], None],
    *,
    everything: bool = False,
) -> ComputerSelection:
    """Return what the selectors of a verb ask for. Raises what the room that knows targets raises."""
    inside = None if asked.target is None else hooks.targeted(store, asked.target, stdin, warn)
    return ComputerSelection(asked.where, asked.labels, asked.site, asked.subnet, tuple(names), everything, inside)


def ordered_ids(
    reader: Reader,
    selection: ComputerSelection,
    *,
    sort: str = "name",
    descending: bool = False,
    limit: int | None = None,
) -> Sequence[int]:
    """Return the ids of the computers of a selection in the order of a field, empty values last; eight bytes each.

    Nothing asked for means every computer. Raises NotFoundError for a name or site that is not there, ExpressionError,
    FieldError for a field that cannot be sorted by, InputError for a subnet that is none.
    """
    if sort not in _SORTABLE:
        raise FieldError(f"a computer cannot be sorted by `{sort}`", hint=did_you_mean(sort, _SORTABLE))
    statement = sa.select(v_computer.c.id)
    picked = condition(reader, selection)
    if picked is not None:
        statement = statement.where(picked)
    column = v_computer.c[sort]
    if sort in {"name", "revision"}:
        statement = statement.order_by(column.desc() if descending else column.asc(), v_computer.c.id)
    else:
        statement = in_order(statement, column, v_computer.c.id, descending=descending)
    return array("q", reader.connection.execute(scoped(statement.limit(limit), reader)).scalars())


def pick(
    reader: Reader, selection: ComputerSelection, *, expect: int | None = None, maximum: int | None = None
) -> Sequence[int]:
    """Return the ids, ordered by name, for a verb that changes or runs.

    Raises SelectorRequiredError, NotFoundError where the selector matches nothing, SizeGuardError where `--expect` or
    `--max` does not hold, and what `ordered_ids` raises.
    """
    selection.require()
    ids = ordered_ids(reader, selection)
    check_size(len(ids), expect=expect, maximum=maximum)
    if not ids and expect != 0:
        hint = (
            "itmsctl computer add NAME"
            if selection.all
            else "itmsctl computer list with the same selectors; itmsctl filter fields"
        )
        raise NotFoundError("the selection matches no computer", hint=hint, details={"kind": "computer"})
    return ids


def check_size(count: int, *, expect: int | None = None, maximum: int | None = None) -> None:
    """Raise SizeGuardError where a selection is not of the size that was asserted."""
    details = {"count": count, "expect": expect, "max": maximum}
    if expect is not None and count != expect:
        raise SizeGuardError(f"{count} computers are selected, {expect} were expected", details=details)
    if maximum is not None and count > maximum:
        raise SizeGuardError(f"{count} computers are selected, at most {maximum} are allowed", details=details)


def condition(reader: Reader, selection: ComputerSelection) -> sa.ColumnElement[bool] | None:
    """Return the condition over `v_computer` that a selection makes; None where it asks for nothing."""
    parts: list[sa.ColumnElement[bool]] = []
    if selection.names:
        parts.append(member_of(reader.connection, v_computer.c.id, named(reader, selection.names)))
    if selection.inside is not None:
        parts.append(member_of(reader.connection, v_computer.c.id, sorted(selection.inside)))
    parts += [_compiled(reader, tree) for tree in _trees(reader, selection)]
    return sa.and_(*parts) if parts else None


def named(reader: Reader, names: Sequence[str]) -> list[int]:
    """Return the ids of names and GUIDs.

    Raises NotFoundError that lists those that are not there.
    """
    found = computer_ids(reader, names)
    refuse_missing(reader, COMPUTERS, [name for name in dict.fromkeys(names) if name not in found])
    return sorted(set(found.values()))


def _trees(reader: Reader, selection: ComputerSelection) -> list[Any]:
    """Return the trees of the filter language that a selection holds. Its parser is loaded only where one is needed."""
    trees: list[Any] = []
    if selection.where is not None:
        from itmsctl.expressions.parse import parse

        trees.append(parse(selection.where, _registry(reader)))
    if selection.labels is not None:
        from itmsctl.expressions.selectors import parse_selector

        trees.append(parse_selector(selection.labels))
    if selection.site is not None:
        trees.append(_site(reader, selection.site))
    if selection.subnet is not None:
        trees.append(_subnet(selection.subnet))
    return trees


def _site(reader: Reader, name: str) -> Any:
    # A later room's noun and field, both known by their declarations: a site that is not there is no empty site.
    from itmsctl.expressions import tree

    site = reference_id(reader, "site", name)
    table = table_of_kind("site")
    stored: str = reader.connection.execute(sa.select(table.c.name).where(table.c.id == site)).scalar_one()
    return tree.Compare("=", _bare("site"), tree.Literal(stored))


def _subnet(text: str) -> Any:
    from itmsctl.expressions import tree

    found = prefix(text)
    return tree.Within(_bare("address"), found.start, found.end)


def _bare(name: str) -> Any:
    from itmsctl.expressions.registry import Registry

    found = Registry.default().bare(name)
    assert found is not None, name
    return found


def _compiled(reader: Reader, tree: Any) -> sa.ColumnElement[bool]:
    from itmsctl.expressions.sql import compile_sql

    found = _registry(reader)
    return compile_sql(tree, resource_id=v_computer.c.id, now=reader.now, computer=v_computer, registry=found)


def _registry(reader: Reader) -> Any:
    from itmsctl.expressions.registry import Registry

    return Registry.of(reader.connection)
