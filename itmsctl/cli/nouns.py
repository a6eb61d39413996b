"""The verbs that every noun shares, built from its declaration: add, set, list, show, remove.

A room says which shelf serves the noun; the options come from the kind's fields. A noun that needs more adds verbs to
the group that it gets back.
"""

from __future__ import annotations

import inspect
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any, Protocol

import typer

from itmsctl.cli.complete import names_of
from itmsctl.cli.context import Context
from itmsctl.cli.looking_back import looks_back, past_of
from itmsctl.cli.naming import confirm_removal, given_names, is_several, names_argument, one_only
from itmsctl.cli.options import Confirm, DryRun, Limit, Rename, Revision, Sort, Unset, group, verb
from itmsctl.cli.output import Column
from itmsctl.cli.prompts import asks
from itmsctl.errors import InputError, UsageError
from itmsctl.values.kind import Field, Kind, Type, house
from itmsctl.values.untrusted import log_text

if TYPE_CHECKING:
    from itmsctl.cmdb.doc import Doc, Outcome
    from itmsctl.cmdb.lists import Adjustment
    from itmsctl.cmdb.work import Reader, UnitOfWork


class NounShelf(Protocol):
    """What serves a noun: the shelf of its room."""

    kind: Kind

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

    def get(self, reader: Reader, name: str) -> Doc:
        """Return an object."""

    def find(self, reader: Reader, name: str) -> Doc | None:
        """Return an object, or None."""

    def list(self, reader: Reader, *, sort: str, descending: bool, limit: int | None) -> Iterator[Doc]:
        """Yield objects."""


COUNTED_FROM = 10  # objects that were written from which they are also counted
Sections = Callable[["Reader", "Doc"], Mapping[str, Any]]
Shown = tuple[Mapping[str, Any], Mapping[str, Any]]  # an object, and its sections
ShownBy = Callable[[Context, "Reader", "Doc", bool], Shown]  # false: as it was at a moment


def noun_group(
    kind: Kind,
    columns: Sequence[Column],
    shelf: NounShelf,
    *,
    verbs: Sequence[str] = ("add", "set", "list", "show", "remove"),
    name_help: str = "",
    sections: Sections | None = None,
    examples: Mapping[str, str] | None = None,
    add_options: Sequence[inspect.Parameter] = (),
    add_many: bool = False,
    shown: ShownBy | None = None,
    shipped: str = "",
) -> typer.Typer:
    """Return the command group of a noun.

    `sections` adds parts to `show`, and `shown` makes all of it; `examples` a line to each verb's help; `add_options`
    are given to the shelf's `add` by their names; with `add_many` it takes several names at once. `shipped` is the
    folder of templates whose files are objects too.
    """
    app = group(kind.help)
    name_help = name_help or f"Name of the {kind.name}."
    more = (sections, examples or {}, add_options, add_many, shown, shipped)
    builder = _NounBuilder(kind, columns, shelf, name_help, *more)
    for name in verbs:
        getattr(builder, name)(app)
    return app


def shown_with(reader: Any, guid: str) -> dict[str, Any]:
    """Return what other rooms add to an object that is shown (hook `shown_with`)."""
    return {name: value for call in house().calls("shown_with") for name, value in call(reader, guid).items()}


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
        total = ", ".join(f"{number} {action}" for action, number in done.items())
        context.say(total + (" (dry run, nothing was written)" if dry_run else ""))
    if context.settings.output or context.settings.json:
        context.out.list([Column("name"), Column("action")], (outcome.as_dict() for outcome in outcomes))


def _say(context: Context, outcome: Outcome, dry_run: bool) -> None:
    context.say(f"{outcome.doc.name}: {outcome.action}" + (" (dry run, nothing was written)" if dry_run else ""))
    for remark in outcome.remarks:
        context.warn(remark)
    for note in outcome.notes:
        context.say(log_text(note))


def change(
    context: Context,
    shelf: NounShelf,
    words: Sequence[str],
    changes: Mapping[str, Any],
    *,
    adjust: Mapping[str, Adjustment] | None = None,
    rename: str | None,
    revision: int | None,
    dry_run: bool,
    hint: str = "give at least one field, such as --description TEXT",
) -> list[Outcome]:
    """Change objects as `set` was told, say what that did, and return it. Raises UsageError for nothing at all."""
    from itmsctl.cmdb.several import set_all

    if not changes and not adjust and rename is None:
        raise UsageError("nothing to change", hint=hint)
    names = given_names(context, words, shelf.kind.name)
    one_only(shelf.kind.name, names, rename=rename, revision=revision)
    more = {"rename": rename, "revision": revision}
    return told_all(context, words, set_all, shelf, names, changes, adjust or {}, dry_run=dry_run, **more)


def told_all(
    context: Context, words: Sequence[str], use: Callable[..., list[Outcome]], *args: Any, dry_run: bool, **more: Any
) -> list[Outcome]:
    """Call a use case that writes the objects that words name, say what that did, and return it."""
    outcomes = context.write(use, *args, dry_run=dry_run, **more)
    report_all(context, outcomes, dry_run, several=is_several(words))
    return outcomes


class _NounBuilder:
    def __init__(
        self,
        kind: Kind,
        columns: Sequence[Column],
        shelf: NounShelf,
        name_help: str,
        sections: Sections | None,
        examples: Mapping[str, str],
        add_options: Sequence[inspect.Parameter] = (),
        add_many: bool = False,
        shown: ShownBy | None = None,
        shipped: str = "",
    ) -> None:
        self.kind = kind
        self.columns = columns
        self.shelf = shelf
        self.sections = sections
        self.examples = examples
        self.add_options = add_options
        self.add_many = add_many
        self.name = Annotated[str, typer.Argument(metavar="NAME", help=name_help, autocompletion=names_of(kind.name))]
        self.names = Annotated[list[str], names_argument(kind.name, name_help, shipped=shipped)]
        self.shown = shown
        self.name_help = name_help
        self.new_name = Annotated[str, typer.Argument(metavar="NAME", help=name_help)]

    def _register(self, app: typer.Typer, name: str, text: str, function: Callable[..., Any], *parts: Any) -> None:
        """Give a function the parameters that the declaration asks for, and make it a verb."""
        parameters = [
            inspect.Parameter("ctx", inspect.Parameter.POSITIONAL_OR_KEYWORD, annotation=typer.Context),
            *parts,
        ]
        function.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]  # the parser reads it
        function.__annotations__ = {p.name: p.annotation for p in parameters}
        function.columns = self.columns  # type: ignore[attr-defined]  # a bare --fields lists them
        example = f"\n\nExample: {self.examples[name]}" if name in self.examples else ""
        verb(app, name, help=text + example)(function)

    def add(self, app: typer.Typer) -> None:
        """Build `add`."""

        def run(ctx: typer.Context, name: str | list[str], dry_run: bool, **options: Any) -> None:
            from itmsctl.cmdb.several import add_all

            context: Context = ctx.obj
            given = field_values(self.kind, options)
            more = {option.name: options[option.name] for option in self.add_options}
            names = [name] if isinstance(name, str) else list(dict.fromkeys(name))
            outcomes = context.write(add_all, self.shelf, names, given, dry_run=dry_run, **more)
            report_all(context, outcomes, dry_run)

        text = f"Add a {self.kind.name}. An equal one is left as it is; a different one is exit 6."
        names = Annotated[list[str], typer.Argument(metavar="NAME", help=f"{self.name_help} Several: all or none.")]
        self._register(
            app,
            "add",
            text,
            run,
            _parameter("name", names if self.add_many else self.new_name),
            *field_options(self.kind),
            *self.add_options,
            _parameter("dry_run", DryRun, False),
        )

    def set(self, app: typer.Typer) -> None:
        """Build `set`."""

        def run(
            ctx: typer.Context,
            names: list[str],
            rename: str | None,
            revision: int | None,
            dry_run: bool,
            unset: list[str],
            **options: Any,
        ) -> None:
            context: Context = ctx.obj
            changes = field_values(self.kind, options) | cleared(self.kind, unset)
            adjust = adjustments(self.kind, options, changes)
            more: Any = {"rename": rename, "revision": revision}
            change(context, self.shelf, names, changes, adjust=adjust, dry_run=dry_run, **more)

        self._register(
            app,
            "set",
            f"Change a {self.kind.name}, or several alike: all or none. Fields that are not named are left alone."
            + lists_help(self.kind),
            run,
            _parameter("names", self.names),
            *field_options(self.kind),
            *list_options(self.kind),
            _parameter("rename", Rename, None),
            _parameter("unset", Unset, []),
            _parameter("revision", Revision, None),
            _parameter("dry_run", DryRun, False),
        )

    def list(self, app: typer.Typer) -> None:
        """Build `list`."""

        def run(ctx: typer.Context, sort: str, limit: int | None) -> None:
            context: Context = ctx.obj
            order = {"sort": sort.lstrip("-"), "descending": sort.startswith("-"), "limit": limit}
            shelf = past_of(context, self.kind) or self.shelf
            # Read whole, then written: a reader of our output that pauses must not keep the database's writers waiting.
            with context.store.read() as reader:
                docs = list(shelf.list(reader, **order))  # type: ignore[arg-type]  # one dictionary of three types
            context.out.list(self.columns, (doc.as_dict() for doc in docs))

        parts = (_parameter("sort", Sort, "name"), _parameter("limit", Limit, None))
        self._register(app, "list", f"List every {self.kind.name}.", looks_back(run), *parts)

    def show(self, app: typer.Typer) -> None:
        """Build `show`."""

        def run(ctx: typer.Context, names: list[str]) -> None:
            show_named(ctx.obj, self.kind, self.shelf, self.columns, names, self.shown or self._shown)

        text = f"Show a {self.kind.name}, or several."
        self._register(app, "show", text, looks_back(run), _parameter("names", self.names))

    def _shown(self, _: Context, reader: Reader, doc: Doc, present: bool) -> Shown:
        sections = self.sections(reader, doc) if self.sections and present else {}
        return doc.as_dict() | (shown_with(reader, doc.guid) if present else {}), sections

    def clone(self, app: typer.Typer) -> None:
        """Build `clone`."""

        def run(ctx: typer.Context, name: str, new: str, dry_run: bool) -> None:
            context: Context = ctx.obj
            report(context, context.write(self.shelf.clone, name, new, dry_run=dry_run), dry_run)

        new = Annotated[str, typer.Argument(metavar="NEW", help="Name of the copy.")]
        self._register(
            app,
            "clone",
            f"Copy a {self.kind.name} under another name; the copy has its own GUID and changes by itself (JOB-4).",
            run,
            _parameter("name", self.name),
            _parameter("new", new),
            _parameter("dry_run", DryRun, False),
        )

    def remove(self, app: typer.Typer) -> None:
        """Build `remove`."""

        def run(ctx: typer.Context, names: list[str], given: str | None, dry_run: bool) -> None:
            from itmsctl.cmdb.several import named, remove_all

            context: Context = ctx.obj
            wanted = given_names(context, names, self.kind.name)
            if not dry_run:
                docs = context.read(named, self.shelf, wanted)
                wanted = [doc.guid for doc in docs]  # those that are confirmed
                if asks(context, self.kind.danger, given):
                    context.write(remove_all, self.shelf, wanted, dry_run=True)  # what is used is said unasked
                confirm_removal(context, self.kind, docs, given)
            told_all(context, names, remove_all, self.shelf, wanted, dry_run=dry_run)

        parts = (
            _parameter("names", self.names),
            _parameter("given", Confirm, None),
            _parameter("dry_run", DryRun, False),
        )
        self._register(app, "remove", f"Remove a {self.kind.name}, or several: all or none.", run, *parts)


def _parameter(name: str, annotation: Any, default: Any = inspect.Parameter.empty) -> inspect.Parameter:
    return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=annotation)


def field_options(kind: Kind) -> list[inspect.Parameter]:
    """Return one option per field that an administrator may set."""
    return [_field_option(field) for field in kind.admin_fields]


def _lists(kind: Kind) -> list[Field]:
    return [field for field in kind.admin_fields if field.type is Type.LIST and not field.parts]


def lists_help(kind: Kind) -> str:
    """Return what the help of `set` says of lists; empty for a kind that has none."""
    lists = _lists(kind)
    if not lists:
        return ""
    flag = lists[0].flag[2:]
    return f" A list is replaced as a whole by --{flag}; --add-{flag} and --remove-{flag} change single members."


def list_options(kind: Kind) -> list[inspect.Parameter]:
    """Return the two options that change single members, `--add-x` and `--remove-x`, of each list."""
    found = []
    for field in _lists(kind):
        for word, text in (("add", "Put into the list"), ("remove", "Take out of the list")):
            settings: dict[str, Any] = {
                "help": f"{text}: {field.help}",
                "metavar": (field.option or field.name).upper(),
            }
            if field.ref:
                settings["autocompletion"] = names_of(field.ref)
            annotation = Annotated[list[str], typer.Option(f"--{word}-{field.flag[2:]}", **settings)]
            found.append(_parameter(f"{word}_{field.name}", annotation, []))
    return found


def adjustments(kind: Kind, options: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Adjustment]:
    """Return what the options of `list_options` ask for; raise UsageError where the list is replaced as well."""
    from itmsctl.cmdb.lists import Adjustment

    found: dict[str, Adjustment] = {}
    for field in _lists(kind):
        add, remove = (_members(options.get(f"{word}_{field.name}") or ()) for word in ("add", "remove"))
        if not add and not remove:
            continue
        if field.name in changes:
            raise UsageError(
                f"{field.flag} replaces the list, and --add-{field.flag[2:]} changes it", hint="leave one of them out"
            )
        found[field.name] = Adjustment(add, remove)
    return found


def _members(given: Sequence[str]) -> list[str]:
    """Return the members of lists that were given as options; one may hold several, with `;` between them."""
    return [part.strip() for text in given for part in text.split(";") if part.strip()]


def _field_option(field: Field) -> inspect.Parameter:
    many = field.type in {Type.LIST, Type.MAP}
    hint: Any = {Type.INT: int, Type.REAL: float, Type.BOOL: bool}.get(field.type, str)
    settings: dict[str, Any] = {"help": field.help}
    if field.choices:
        settings["help"] += f" One of {', '.join(field.choices)}."
    if field.ref:
        settings["autocompletion"] = names_of(field.ref)
    flags = [field.flag]
    if field.type is Type.BOOL:
        flags = [f"{field.flag}/--{field.negative or f'no-{field.flag[2:]}'}"]
        settings["show_default"] = False
    else:
        settings["metavar"] = "KEY=VALUE" if field.type is Type.MAP else (field.option or field.name).upper()
    wanted: Any = list[str] if many else hint | None
    return _parameter(f"field_{field.name}", Annotated[wanted, typer.Option(*flags, **settings)], [] if many else None)


def field_values(kind: Kind, options: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields that were given as options; lists may also be written with `;` between their members."""
    values: dict[str, Any] = {}
    for field in kind.admin_fields:
        given = options.get(f"field_{field.name}")
        if given is None or given == []:
            continue
        if field.type is Type.LIST:
            values[field.name] = _members(given)
        elif field.type is Type.MAP:
            values[field.name] = {key: value.strip() for key, value in map(pair, given)}
        else:
            values[field.name] = given
    return values


def cleared(kind: Kind, names: Sequence[str]) -> dict[str, Any]:
    """Return the empty values of fields named by `--unset`; FieldError comes from the shelf for an unknown one."""
    empty: dict[str, Any] = {}
    for name in names:
        key = name.replace("-", "_")
        field = kind.field(key) or next((f for f in kind.fields if f.option == name), None)
        empty[field.name if field else key] = None
    return empty


def pair(text: str) -> tuple[str, str]:
    """Read `KEY=VALUE`; a bare KEY has an empty value. The value is taken as it stands.

    Raises InputError for an empty key.
    """
    key, _, value = text.partition("=")
    if not key.strip():
        raise InputError(f"`{text}` is not KEY=VALUE")
    return key.strip(), value
