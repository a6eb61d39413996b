"""Commands of the room `targeting`."""

from __future__ import annotations

import inspect
from pathlib import Path
from typing import Annotated, Any

import typer

from itmsctl.cli.complete import names_of
from itmsctl.cli.context import Context
from itmsctl.cli.looking_back import looks_back, moment_of, past_of
from itmsctl.cli.naming import names_argument
from itmsctl.cli.nouns import adjustments, change, cleared, field_options, field_values, noun_group, report
from itmsctl.cli.options import DryRun, Limit, Rename, Revision, Unset, group, verb
from itmsctl.errors import InputError, MembershipDriftError, UsageError
from itmsctl.targeting import columns
from itmsctl.targeting.kinds import FILTER, GROUP, TARGET, VIEW
from itmsctl.targeting.service import names, roster, then
from itmsctl.targeting.service.filters import FILTERS, lint
from itmsctl.targeting.service.groups import GROUPS, VIEWS
from itmsctl.targeting.service.targets import TARGETS
from itmsctl.values.counts import counted
from itmsctl.values.kind import Kind

Computer = Annotated[str, typer.Argument(metavar="COMPUTER", help="Name or GUID.", autocompletion=names_of("computer"))]
Members = Annotated[
    list[str] | None,
    typer.Option("--member", metavar="COMPUTER", help="Computer put in by hand.", autocompletion=names_of("computer")),
]
AddMembers = Annotated[
    list[str] | None,
    typer.Option("--add-member", metavar="COMPUTER", help="Put in.", autocompletion=names_of("computer")),
]
RemoveMembers = Annotated[
    list[str] | None,
    typer.Option("--remove-member", metavar="COMPUTER", help="Take out.", autocompletion=names_of("computer")),
]
Question = Annotated[str | None, typer.Option("--where", metavar="EXPR", help="Expression over the computer's fields.")]
Sql = Annotated[str | None, typer.Option("--sql", metavar="QUERY", help="One SELECT of `guid` over documented views.")]
SqlFile = Annotated[Path | None, typer.Option("--sql-file", metavar="FILE", help="The same, from a file.")]
Description = Annotated[str | None, typer.Option("--description", metavar="TEXT", help="What people should know.")]
FilterNames = Annotated[list[str], names_argument("filter")]
NewName = Annotated[str, typer.Argument(metavar="NAME", help="Name of the filter.")]


def _sections(reader: Any, doc: Any) -> dict[str, Any]:
    return roster.state(reader, names.find(reader, doc.guid))


filter_app = noun_group(
    FILTER,
    columns.FILTER,
    FILTERS,
    verbs=("list", "show", "remove"),
    sections=_sections,
    examples={"list": "itmsctl filter list -o wide"},
)
view_app = noun_group(VIEW, columns.VIEW, VIEWS, sections=_sections, examples={"add": "itmsctl view add offices"})
group_app = noun_group(
    GROUP,
    columns.GROUP,
    GROUPS,
    sections=_sections,
    examples={"add": "itmsctl group add rome --view offices --where \"site = 'rome'\""},
)
target_app = noun_group(
    TARGET,
    columns.TARGET,
    TARGETS,
    verbs=("set", "list", "show", "remove"),
    sections=_sections,
    examples={"set": "itmsctl target set patch-rome --is 'linux & rome - servers'"},
)
membership_app = group("Bring filters, groups and targets up to date; list the runs.")


# --- filters ----------------------------------------------------------------------------------------------------------


def _fields(
    where: str | None, sql: str | None, sql_file: Path | None, member: list[str] | None, description: str | None
) -> dict[str, Any]:
    if sql is not None and sql_file is not None:
        raise UsageError("--sql and --sql-file contradict each other", hint="leave one of them out")
    if sql_file is not None:
        try:
            sql = sql_file.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise InputError(f"`{sql_file}` cannot be read", why=str(error)) from error
    given = {"where": where, "sql": sql, "members": member or None, "description": description}
    return {field: value for field, value in given.items() if value is not None}


def _advise(context: Context, name: str) -> None:
    with context.store.read() as reader:
        doc = FILTERS.find(reader, name)
        if doc is not None and (advice := lint(reader, doc)):
            context.warn(advice)


@verb(filter_app, "add")
def add_filter(
    ctx: typer.Context,
    name: NewName,
    where: Question = None,
    sql: Sql = None,
    sql_file: SqlFile = None,
    member: Members = None,
    description: Description = None,
    dry_run: DryRun = False,
) -> None:
    """Add a filter; its members are found at once. An equal one is left as it is; a different one is exit 6.

    Example: itmsctl filter add linux --where "os_family = 'linux'"
    """
    context: Context = ctx.obj
    fields = _fields(where, sql, sql_file, member, description)
    report(context, context.write(FILTERS.add, name, fields, dry_run=dry_run), dry_run)
    if sql is not None or sql_file is not None:
        _advise(context, name)


@verb(filter_app, "set")
def set_filter(
    ctx: typer.Context,
    names: FilterNames,
    where: Question = None,
    sql: Sql = None,
    sql_file: SqlFile = None,
    member: Members = None,
    add_member: AddMembers = None,
    remove_member: RemoveMembers = None,
    description: Description = None,
    rename: Rename = None,
    unset: Unset = [],
    revision: Revision = None,
    dry_run: DryRun = False,
) -> None:
    """Change a filter, or several alike. Fields that are not named are left alone.

    A new question takes the place of the old.

    Example: itmsctl filter set linux --where "os_family in ('linux', 'unix')"
    """
    context: Context = ctx.obj
    changes = _fields(where, sql, sql_file, member, description) | cleared(FILTER, unset)
    hint = "give at least one field, such as --where EXPR"
    adjust = adjustments(FILTER, {"add_members": add_member, "remove_members": remove_member}, changes)
    more = {"rename": rename, "revision": revision, "dry_run": dry_run, "hint": hint}
    outcomes = change(context, FILTERS, names, changes, adjust=adjust, **more)  # type: ignore[arg-type]  # by their names
    if sql is not None or sql_file is not None:
        for outcome in outcomes:
            _advise(context, outcome.doc.name)


add_filter.columns = columns.FILTER  # type: ignore[attr-defined]  # a bare --fields lists them
set_filter.columns = columns.FILTER  # type: ignore[attr-defined]  # a bare --fields lists them


@verb(filter_app, "fields")
def list_fields(ctx: typer.Context) -> None:
    """List every field that expressions may name, with its type and data class."""
    from itmsctl.expressions.registry import Registry

    context: Context = ctx.obj
    found = Registry.default().fields()
    rows = ({"name": f.name, "type": f.type.value, "class": f.cls, "help": f.help} for f in found)
    context.out.list(columns.FIELD, rows)


list_fields.columns = columns.FIELD  # type: ignore[attr-defined]  # a bare --fields lists them


# --- targets ----------------------------------------------------------------------------------------------------------


def add_target(ctx: typer.Context, name: str, dry_run: bool, **options: Any) -> None:
    """Add a target; its members are found at once. An equal one is left as it is; a different one is exit 6.

    Example: itmsctl target add patch-rome --view all --filter linux --filter rome --exclude servers
    """
    context: Context = ctx.obj
    owner = str(context.actor().name).partition("@")[0]
    outcome = context.write(TARGETS.add, name, field_values(TARGET, options), owner=owner, dry_run=dry_run)
    report(context, outcome, dry_run)


def _register_add_target() -> None:
    """Give `target add` one option per declared field, and make it a verb."""
    kind = inspect.Parameter.KEYWORD_ONLY
    new_name = Annotated[str, typer.Argument(metavar="NAME", help="Name of the target.")]
    parameters = [
        inspect.Parameter("ctx", inspect.Parameter.POSITIONAL_OR_KEYWORD, annotation=typer.Context),
        inspect.Parameter("name", kind, annotation=new_name),
        *field_options(TARGET),
        inspect.Parameter("dry_run", kind, annotation=DryRun, default=False),
    ]
    add_target.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]  # the parser reads it
    add_target.__annotations__ = {p.name: p.annotation for p in parameters}
    add_target.columns = columns.TARGET  # type: ignore[attr-defined]  # a bare --fields lists them
    verb(target_app, "add")(add_target)


_register_add_target()


# --- members and explain, for every kind of collection ----------------------------------------------------------------


def _add_reading_verbs(app: typer.Typer, kind: Kind) -> None:
    name_type = Annotated[
        str, typer.Argument(metavar="NAME", help=f"Name of the {kind.name}.", autocompletion=names_of(kind.name))
    ]

    @looks_back
    def list_members(ctx: typer.Context, name: str) -> None:
        context: Context = ctx.obj
        past, at = past_of(context, kind), moment_of(context)
        if past is not None and at is not None:
            groups = past_of(context, GROUP)
            with context.store.read() as reader:
                context.out.list(columns.MEMBER, then.members(reader, kind.name, past, groups, name, at))
            return
        with context.store.read() as reader:
            found = names.find(reader, name, (kind.name,))
            context.out.list(columns.MEMBER, roster.members(reader, found))
            due = roster.is_due(reader, found)
        if due:
            context.warn(f"what {kind.name} `{found.name}` rests on changed since: itmsctl membership update --delta")

    def explain(ctx: typer.Context, name: str, computer: str) -> None:
        from itmsctl.targeting.service.explaining import explain as explained

        context: Context = ctx.obj
        found = context.read(explained, kind.name, name, computer)
        if context.out.format("json") in {"table", "wide"}:
            context.out.console().print(columns.explanation_tree(found))
        else:
            context.out.show(columns.EXPLANATION, found)

    # The parser reads annotations: those written above name a variable that it cannot see.
    list_members.__annotations__ = {"ctx": typer.Context, "name": name_type}
    explain.__annotations__ = {"ctx": typer.Context, "name": name_type, "computer": Computer}
    list_members.columns = columns.MEMBER  # type: ignore[attr-defined]  # a bare --fields lists them
    explain.columns = columns.EXPLANATION  # type: ignore[attr-defined]  # a bare --fields lists them
    verb(app, "members", help=f"List who is in a {kind.name}, as the last membership update left it.")(list_members)
    verb(app, "explain", help=f"Say why a computer is in a {kind.name} or is not, clause by clause.")(explain)


for _app, _kind in ((filter_app, FILTER), (view_app, VIEW), (group_app, GROUP), (target_app, TARGET)):
    _add_reading_verbs(_app, _kind)


# --- membership -------------------------------------------------------------------------------------------------------


@verb(membership_app, "update")
def update_membership(
    ctx: typer.Context,
    delta: Annotated[bool, typer.Option("--delta", help="Only what changed since (the default).")] = False,
    complete: Annotated[bool, typer.Option("--complete", help="Everything, from scratch.")] = False,
    policy: Annotated[bool, typer.Option("--policy", help="Changed targets, and the filters that they use.")] = False,
    check: Annotated[
        bool, typer.Option("--check", help="With --complete: first a delta; then any difference is exit 20.")
    ] = False,
    dry_run: DryRun = False,
) -> None:
    """Bring filters, groups and targets up to date.

    Example: itmsctl membership update --delta
    """
    from itmsctl.targeting.service import update

    context: Context = ctx.obj
    if delta + complete + policy > 1:
        raise UsageError("--delta, --complete and --policy contradict each other", hint="give one of them")
    if check and not complete:
        raise UsageError("--check goes with --complete", hint="itmsctl membership update --complete --check")
    if check:
        context.write(update.delta, context.clock, dry_run=dry_run)
    work = update.complete if complete else update.policy if policy else update.delta
    run = context.write(work, context.clock, dry_run=dry_run)
    tail = " (dry run, nothing was written)" if dry_run else ""
    context.say(
        f"{run.kind}: {counted(run.filters, 'filter')}, {counted(run.groups, 'group')},"
        f" {counted(run.targets, 'target')} looked at;"
        f" {counted(run.added, 'member')} added, {run.removed} removed{tail}"
    )
    if context.settings.output or context.settings.json:
        context.out.show(columns.RUN, run.as_dict())
    if check and (run.added or run.removed):
        raise MembershipDriftError(
            f"{run.added + run.removed} members differed from what the updates before had left; they are right now",
            why="data changed without being marked as changed, or a defect",
            hint="itmsctl membership list; report it if nobody wrote to the database by hand",
            details={"added": run.added, "removed": run.removed},
        )


@verb(membership_app, "list")
def list_runs(ctx: typer.Context, limit: Limit = None) -> None:
    """List membership updates, the latest first."""
    context: Context = ctx.obj
    with context.store.read() as reader:
        context.out.list(columns.RUN, roster.run_rows(reader, limit))


update_membership.columns = columns.RUN  # type: ignore[attr-defined]  # a bare --fields lists them
list_runs.columns = columns.RUN  # type: ignore[attr-defined]  # a bare --fields lists them
