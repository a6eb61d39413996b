"""The verbs that every noun shares, built from its declaration: add, set, list, show, remove, clone.

A room says which shelf serves the noun; the options come from the kind's fields. A noun that needs more adds verbs to
the group that it gets back.
"""

from __future__ import annotations

import inspect
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any, Protocol, cast

import typer

from itmsctl.cli.complete import names_of
from itmsctl.cli.context import Context
from itmsctl.cli.looking_back import Readable, looks_back, past_of
from itmsctl.cli.naming import confirm_removal, given_names, is_several, names_argument
from itmsctl.cli.noun_columns import columns_of
from itmsctl.cli.noun_fields import FieldOptions, GivenFields, Several, lists_help
from itmsctl.cli.options import ChangeOptions, Confirm, DryRun, OrderOptions, group, verb
from itmsctl.cli.output import Column
from itmsctl.cli.prompts import asks
from itmsctl.errors import UsageError
from itmsctl.values.counts import one_only
from itmsctl.values.kind import Kind, house
from itmsctl.values.lean import dataclass
from itmsctl.values.untrusted import log_text

if TYPE_CHECKING:
    from itmsctl.cmdb.doc import Doc, Outcome
    from itmsctl.cmdb.work import Reader, UnitOfWork


class NounShelf(Readable, Protocol):
    """What serves a noun: the shelf of its room."""

    def add(self, unit: UnitOfWork, name: str, fields: Mapping[str, Any]) -> Outcome:
        """Add an object."""

    def set(
        self, unit: UnitOfWork, name: str, changes: Mapping[str, Any], *, rename: str | None, revision: int | None
    ) -> Outcome:
        """Change an object."""

    def clone(self, unit: UnitOfWork, name: str, new_name: str) -> Outcome:
        """Copy an object under another name."""

    def remove(self, unit: UnitOfWork, name: str) -> Outcome:
        """Remove an object."""


class _ShelfOf:
    """The shelf of a kind, imported when a verb first asks it for something: help needs none (house promise 7)."""

    def __init__(self, kind: Kind) -> None:
        self.kind = kind

    def __getattr__(self, name: str) -> Any:
        return getattr(self.kind.load_shelf(), name)


COUNTED_FROM = 10  # objects that were written from which they are also counted
Sections = Callable[["Reader", "Doc"], Mapping[str, Any]]
Shown = tuple[Mapping[str, Any], Mapping[str, Any]]  # an object, and its sections
Rows = Callable[["Reader", Sequence["Doc"], bool], Iterable[dict[str, Any]]]  # false: as they were at a moment
ShownBy = Callable[[Context, "Reader", "Doc", bool], Shown]  # false: as it was at a moment
AfterSet = Callable[[Context, "list[Outcome]"], "list[Outcome]"]
NewName = Annotated[str, typer.Argument(metavar="NEW", help="Name of the copy.")]


def noun_group(
    kind: Kind,
    columns: Sequence[Column] = (),
    shelf: NounShelf | None = None,
    *,
    verbs: Sequence[str] = ("add", "set", "list", "show", "remove"),
    name_help: str = "",
    sections: Sections | None = None,
    rows: Rows | None = None,
    help_texts: Mapping[str, str] | None = None,
    examples: Mapping[str, str] | None = None,
    add_options: Sequence[inspect.Parameter] = (),
    add_many: bool = False,
    shown: ShownBy | None = None,
    shipped: str = "",
    cloned: bool = True,
    removed: Callable[[Context], None] | None = None,
    changed: AfterSet | None = None,
) -> typer.Typer:
    """Return the command group of a noun, with the columns and the shelf that follow from its kind, or others.

    `rows` makes what `list` and `show` write of objects; `sections` adds parts to `show`, and `shown` makes all of it.
    `help_texts` say what a verb does, and `examples` add a line to that. `add_options` are given to the shelf's `add`
    by their names; with `add_many` it takes several names at once. `shipped` is the folder of templates whose files are
    objects too. Every noun has the verb `clone`, unless it is not `cloned`: what one holds cannot be another's.
    `removed` is called when objects have been removed: for what they leave outside of the database. `changed` is given
    what `set` did, and returns what is said of it.
    """
    app = group(kind.help)
    builder = _NounBuilder(
        kind=kind,
        columns=columns or columns_of(kind),
        shelf=shelf or cast("NounShelf", _ShelfOf(kind)),
        name_help=name_help or f"Name of the {kind.name}.",
        sections=sections,
        rows=rows or _plain_rows,
        help_texts=help_texts or {},
        examples=examples or {},
        add_options=add_options,
        add_many=add_many,
        shown=shown,
        shipped=shipped,
        removed=removed,
        changed=changed,
    )
    for name in (*verbs, *(["clone"] if cloned else ())):
        getattr(builder, name)(app)
    return app


def shown_with(reader: Any, guid: str) -> dict[str, Any]:
    """Return what other rooms add to an object that is shown (hook `shown_with`)."""
    return {name: value for call in house().calls("shown_with") for name, value in call(reader, guid).items()}


def docs_of(reader: Reader, source: Readable, names: Sequence[str], order: OrderOptions) -> list[Doc]:
    """Return the objects of a list: all of them, unless some are named. Raises NotFoundError for all not there."""
    from itmsctl.cmdb.several import only_named

    if not names:
        return list(source.list(reader, **order.asked))
    every = source.list(reader, **replace(order, limit=None).asked)
    return only_named(reader, source, every, names)[: order.limit]


def show_named(
    context: Context, kind: Kind, shelf: NounShelf, columns: Sequence[Column], words: Sequence[str], shown: ShownBy
) -> None:
    """Show the objects that words name, as they are or as they were."""
    from itmsctl.cmdb.several import named

    past = past_of(context, kind)
    names = given_names(context, words, kind.name)
    with context.store.read() as reader:
        objects = [shown(context, reader, doc, past is None) for doc in named(reader, past or shelf, names)]
    if is_several(words):
        context.out.show_all(columns, objects)
    else:
        context.out.show(columns, *objects[0])


def report(context: Context, outcome: Outcome, dry_run: bool) -> None:
    """Say what a write did: a line for people on stderr, the object on stdout where a format was asked for."""
    _say(context, outcome, dry_run)
    if context.settings.output or context.settings.json:
        context.out.show([Column("action")], outcome.as_dict())


def report_all(context: Context, outcomes: Sequence[Outcome], dry_run: bool, *, several: bool | None = None) -> None:
    """Say what a write did to each object and count them, and write a list of them where a format was asked for.

    Where not `several` were meant it is said as `report` says it.
    """
    if not (len(outcomes) > 1 if several is None else several):
        report(context, outcomes[0], dry_run)
        return
    for outcome in outcomes:
        _say(context, outcome, dry_run)
    if dry_run or len(outcomes) > COUNTED_FROM:
        done = Counter(outcome.action for outcome in outcomes)
        context.done(", ".join(f"{number} {action}" for action, number in done.items()), dry_run=dry_run)
    if context.settings.output or context.settings.json:
        context.out.list([Column("name"), Column("action")], (outcome.as_dict() for outcome in outcomes))


def _say(context: Context, outcome: Outcome, dry_run: bool) -> None:
    context.done(f"{outcome.doc.name}: {outcome.action}", dry_run=dry_run)
    for remark in outcome.remarks:
        context.warn(remark)
    for note in outcome.notes:
        context.say(log_text(note))


def change(
    context: Context,
    shelf: NounShelf,
    words: Sequence[str],
    fields: GivenFields,
    how: ChangeOptions,
    *,
    hint: str = "give at least one field, such as --description TEXT",
    then: AfterSet | None = None,
    **more: Any,
) -> list[Outcome]:
    """Change objects as `set` was told, say what that did, and return it. Raises UsageError for nothing at all.

    `more` is what the shelf's `set` takes beside fields, and was given. `then` does what follows from what was written.
    """
    from itmsctl.cmdb.several import set_all

    changes, adjust = fields.read(partial(given_names, context)).changing(how.unset)
    if not changes and not adjust and not more and how.rename is None:
        raise UsageError("nothing to change", hint=hint)
    names = given_names(context, words, shelf.kind.name)
    one_only(shelf.kind.name, len(names), rename=how.rename, revision=how.revision)
    also = {"rename": how.rename, "revision": how.revision, **more}
    return told_all(context, words, set_all, shelf, names, changes, adjust, dry_run=how.dry_run, then=then, **also)


def told_all(
    context: Context,
    words: Sequence[str],
    use: Callable[..., list[Outcome]],
    *args: Any,
    dry_run: bool,
    then: AfterSet | None = None,
    **more: Any,
) -> list[Outcome]:
    """Call a use case that writes the objects that words name, say what that did, and return it.

    `then` does what follows from what was written, and returns what is said.
    """
    outcomes = context.write(use, *args, dry_run=dry_run, **more)
    if then is not None and not dry_run:
        outcomes = then(context, outcomes)
    report_all(context, outcomes, dry_run, several=is_several(words))
    return outcomes


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class _NounBuilder:
    kind: Kind
    columns: Sequence[Column]
    shelf: NounShelf
    name_help: str
    sections: Sections | None
    rows: Rows
    help_texts: Mapping[str, str]
    examples: Mapping[str, str]
    add_options: Sequence[inspect.Parameter]
    add_many: bool
    shown: ShownBy | None
    shipped: str
    removed: Callable[[Context], None] | None
    changed: AfterSet | None

    @property
    def names(self) -> Any:
        """Return the argument that names objects."""
        return Annotated[list[str], names_argument(self.kind.name, self.name_help, shipped=self.shipped)]

    def _register(self, app: typer.Typer, name: str, text: str, function: Callable[..., Any], /, **types: Any) -> None:
        """Make a function a verb; `types` say what those of its parameters are that depend on the noun."""
        text = self.help_texts.get(name, text)
        example = f"\n\nExample: {self.examples[name]}" if name in self.examples else ""
        verb(app, name, help=text + example, columns=self.columns, types=types)(function)

    def add(self, app: typer.Typer) -> None:
        """Build `add`."""

        def run(
            context: Context, name: str | list[str], fields: GivenFields, more: dict[str, Any], dry_run: DryRun = False
        ) -> None:
            from itmsctl.cmdb.several import add_all

            names = [name] if isinstance(name, str) else list(dict.fromkeys(name))
            values = fields.read(partial(given_names, context)).values
            outcomes = context.write(add_all, self.shelf, names, values, dry_run=dry_run, **more)
            report_all(context, outcomes, dry_run)

        text = f"Add {self.kind.one}. An equal one is left as it is; a different one is exit 6."
        if self.add_many:
            several = typer.Argument(metavar="NAME", help=f"{self.name_help} Several: all or none.")
            new: Any = Annotated[list[str], several]
        else:
            new = Annotated[str, typer.Argument(metavar="NAME", help=self.name_help)]
        self._register(app, "add", text, run, name=new, fields=FieldOptions(self.kind), more=Several(self.add_options))

    def set(self, app: typer.Typer) -> None:
        """Build `set`."""

        def run(context: Context, names: list[str], fields: GivenFields, how: ChangeOptions) -> None:
            change(context, self.shelf, names, fields, how, then=self.changed)

        text = f"Change {self.kind.one}, or several alike: all or none. Fields that are not named are left alone."
        fields = FieldOptions(self.kind, lists=True)
        self._register(app, "set", text + lists_help(self.kind), run, names=self.names, fields=fields)

    def list(self, app: typer.Typer) -> None:
        """Build `list`."""

        def run(context: Context, order: OrderOptions, names: list[str] | None = None) -> None:
            past = past_of(context, self.kind)
            wanted = given_names(context, names, self.kind.name) if names else []
            # Read whole, then written: a reader of our output that pauses must not keep the database's writers waiting.
            with context.store.read() as reader:
                docs = docs_of(reader, past or self.shelf, wanted, order)
                rows = list(self.rows(reader, docs, past is None))
            context.out.list(self.columns, rows)

        optional = Annotated[list[str] | None, names_argument(self.kind.name, "Only these.", shipped=self.shipped)]
        self._register(app, "list", f"List every {self.kind.name}.", looks_back(run), names=optional)

    def show(self, app: typer.Typer) -> None:
        """Build `show`."""

        def run(context: Context, names: list[str]) -> None:
            show_named(context, self.kind, self.shelf, self.columns, names, self.shown or self._shown)

        self._register(app, "show", f"Show {self.kind.one}, or several.", looks_back(run), names=self.names)

    def _shown(self, _: Context, reader: Reader, doc: Doc, present: bool) -> Shown:
        (row,) = self.rows(reader, [doc], present)
        sections = self.sections(reader, doc) if self.sections and present else {}
        return row | (shown_with(reader, doc.guid) if present else {}), sections

    def clone(self, app: typer.Typer) -> None:
        """Build `clone`."""

        def run(context: Context, name: str, new: NewName, dry_run: DryRun = False) -> None:
            report(context, context.write(self.shelf.clone, name, new, dry_run=dry_run), dry_run)

        text = f"Copy {self.kind.one} under another name; the copy has its own GUID and changes by itself (JOB-4)."
        known = names_of(self.kind.name)
        name = Annotated[str, typer.Argument(metavar="NAME", help=self.name_help, autocompletion=known)]
        self._register(app, "clone", text, run, name=name)

    def remove(self, app: typer.Typer) -> None:
        """Build `remove`."""

        def run(context: Context, names: list[str], given: Confirm = None, dry_run: DryRun = False) -> None:
            from itmsctl.cmdb.several import named, remove_all

            wanted = given_names(context, names, self.kind.name)
            if not dry_run:
                docs = context.read(named, self.shelf, wanted)
                wanted = [doc.guid for doc in docs]  # those that are confirmed
                if asks(context, self.kind.danger, given):
                    context.write(remove_all, self.shelf, wanted, dry_run=True)  # what is used is said unasked
                confirm_removal(context, self.kind, docs, given)
            told_all(context, names, remove_all, self.shelf, wanted, dry_run=dry_run)
            if self.removed is not None and not dry_run:
                self.removed(context)

        self._register(app, "remove", f"Remove {self.kind.one}, or several: all or none.", run, names=self.names)


def _plain_rows(_: Reader, docs: Sequence[Doc], __: bool) -> Iterator[dict[str, Any]]:
    return (doc.as_dict() for doc in docs)
