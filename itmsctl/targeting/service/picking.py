"""Which computers a running verb means: `--target`, together with the selectors that other verbs have."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import sqlalchemy as sa

from itmsctl.cmdb.sets import member_of
from itmsctl.cmdb.store import Store
from itmsctl.cmdb.work import Reader, UnitOfWork
from itmsctl.documents import listed
from itmsctl.errors import DatabaseReadOnlyError, DatabaseRightsError, NotFoundError, SelectorRequiredError
from itmsctl.resources.rows import resources
from itmsctl.resources.service.picked import Picked, picked
from itmsctl.resources.service.scope import scoped
from itmsctl.resources.service.selection import ComputerSelection, check_size, named, ordered_ids
from itmsctl.targeting import selector
from itmsctl.targeting.service import names, structure
from itmsctl.targeting.service.scope import all_computers, members_of
from itmsctl.targeting.service.targets import named as collection
from itmsctl.values.kind import house

STDIN = "-"
_HINT = "--target NAME, --where EXPR, -l TAGS, --site SITE, --subnet CIDR, or --all"


def pick(
    reader: Reader,
    selection: ComputerSelection = ComputerSelection(),  # noqa: B008 - frozen, and empty
    *,
    target: str | None = None,
    stdin: Iterable[str] = (),
    expect: int | None = None,
    maximum: int | None = None,
) -> list[Picked]:
    """Return the computers that satisfy all selectors that were given, in the order of their names.

    `target` is a selector of `selector.parse`, or `-` for the names that `stdin` gives. Membership is read as it is
    stored: see `update.freshen`. Raises SelectorRequiredError, NotFoundError where a name is not there or nothing
    matches, SizeGuardError where `expect` or `maximum` does not hold, SelectorError, and what a Selection raises.
    """
    if target is None:
        if not selection.given and not selection.all:
            raise SelectorRequiredError("which computers?", hint=_HINT)
        selection.require()
    elif selection.all:
        raise SelectorRequiredError("--all and a selector contradict each other", hint="leave one of them out")
    found = picked(reader, _meant(reader, selection, target, stdin))
    check_size(len(found), expect=expect, maximum=maximum)
    if not found and expect != 0:
        raise _nobody(target, selection)
    return found


def targeted(store: Store, text: str, stdin: Iterable[str], warn: Callable[[str], None]) -> frozenset[int]:
    """Return what a selector holds now: membership that lags is worked out and rolled back, nothing is written.

    Where the database cannot be written it counts as it is stored, and `warn` is told. Raises as `resolve`.
    """
    from itmsctl.targeting.service import update

    given = list(stdin) if text.strip() == STDIN else []
    with store.read() as reader:
        if not (uses_membership(text) and update.wanted(reader)):
            return resolve(reader, text, stdin=given)

    def fresh(unit: UnitOfWork) -> frozenset[int]:
        update.freshen(unit, store.clock)
        return resolve(unit, text, stdin=given)

    try:
        return store.write(fresh, dry_run=True)
    except (DatabaseReadOnlyError, DatabaseRightsError):
        warn(f"what `{text}` rests on changed since the last update of membership, and the database cannot be written")
        with store.read() as reader:
            return resolve(reader, text, stdin=given)


def _nobody(target: str | None, selection: ComputerSelection) -> NotFoundError:
    if target is not None and target.strip() == STDIN and not selection.given:
        return NotFoundError("standard input names no computer", hint="itmsctl computer list -o name gives names")
    said = f"`{target}` holds no computer" if target is not None and not selection.given else "no computer is selected"
    return NotFoundError(said, hint="itmsctl membership update --delta; itmsctl filter explain NAME COMPUTER")


def _meant(
    reader: Reader, selection: ComputerSelection, target: str | None, stdin: Iterable[str]
) -> sa.ColumnElement[bool]:
    """Return the condition over `resource` that the selectors make. A name alone stays inside the database."""
    column = resources.c.id
    if target is None:
        return member_of(reader.connection, column, ordered_ids(reader, selection))
    if not selection.given and target.strip() != STDIN:
        node = selector.parse(target)
        if isinstance(node, selector.Name):
            return column.in_(members_of(collections_of(reader, collection(reader, node, names.ALL_KINDS))))
    inside = resolve(reader, target, stdin=stdin)
    ids = [i for i in ordered_ids(reader, selection) if i in inside] if selection.given else inside
    return member_of(reader.connection, column, ids)


def uses_membership(target: str | None) -> bool:
    """Return whether a selector reads stored membership, so that it should be brought up to date first.

    Raises SelectorError.
    """
    return target is not None and target.strip() != STDIN and _names_collections(selector.parse(target))


def _names_collections(node: selector.Selector) -> bool:
    match node:
        case selector.Joined(_, left, right):
            return _names_collections(left) or _names_collections(right)
        case _:
            return isinstance(node, selector.Name)


def resolve(reader: Reader, text: str, *, stdin: Iterable[str] = ()) -> frozenset[int]:
    """Return the ids of the computers that a selector means.

    Raises SelectorError, NotFoundError with a near name, AmbiguousNameError, InputError for a file that cannot be read.
    """
    if text.strip() == STDIN:
        return frozenset(_known(reader, listed.names_in(stdin, "standard input", listed.COMPUTER)))
    return resolved(reader, selector.parse(text))


def resolved(reader: Reader, node: selector.Selector) -> frozenset[int]:
    """Return the ids of the computers that a parsed selector means; raises as `resolve`."""
    match node:
        case selector.All():
            return frozenset(reader.connection.execute(all_computers(reader)).scalars().all())
        case selector.Name():
            return held_by(reader, collection(reader, node, names.ALL_KINDS))
        case selector.SelectorSource(text):
            return _sourced(reader, text)
        case selector.Joined("&", left, right):
            return resolved(reader, left) & resolved(reader, right)
        case selector.Joined("-", left, right):
            return resolved(reader, left) - resolved(reader, right)
        case selector.Joined(_, left, right):
            return resolved(reader, left) | resolved(reader, right)


def collections_of(reader: Reader, found: names.NamedCollection) -> frozenset[int]:
    """Return the collections whose members a collection holds: a group's and a view's are of the groups inside."""
    if found.kind in {"group", "view"}:
        return structure.parts(reader).get(found.id, frozenset())
    return frozenset({found.id})


def held_by(reader: Reader, found: names.NamedCollection) -> frozenset[int]:
    """Return the members of a collection as they are stored."""
    held = collections_of(reader, found)
    return frozenset(reader.connection.execute(scoped(members_of(held), reader)).scalars().all())


def _sourced(reader: Reader, text: str) -> frozenset[int]:
    """Return what `@WORD:REST` means to the room that registered `selector:WORD`, else the names in a file."""
    word, colon, rest = text.partition(":")
    if colon:
        for answer in house().calls(f"selector:{word}"):
            return frozenset(answer(reader, rest))
    return frozenset(_known(reader, listed.names_in_file(Path(text).expanduser(), listed.COMPUTER)))


def _known(reader: Reader, found: Sequence[str]) -> Sequence[int]:
    return named(reader, found) if found else ()
