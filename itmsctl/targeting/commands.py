"""Commands of the room `targeting`."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer

from itmsctl.cli.complete import names_of
from itmsctl.cli.context import Context
from itmsctl.cli.looking_back import looks_back, moment_of, past_of
from itmsctl.cli.naming import given_names, names_argument
from itmsctl.cli.noun_fields import FieldOptions, GivenFields, split_members
from itmsctl.cli.nouns import change, noun_group, report
from itmsctl.cli.options import ChangeOptions, DryRun, Limit, group, verb
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


def _members(flag: str, text: str) -> Any:
    text += "; - reads names from standard input, @FILE from a file."
    return typer.Option(flag, metavar="COMPUTER", help=text, autocompletion=names_of("computer"))


Members = Annotated[list[str] | None, _members("--member", "Computer put in by hand")]
AddMembers = Annotated[list[str] | None, _members("--add-member", "Put in")]
RemoveMembers = Annotated[list[str] | None, _members("--remove-member", "Take out")]
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


@verb(filter_app, "add", columns=columns.FILTER)
def add_filter(
    context: Context,
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
    typed = GivenFields(FILTER, _fields(where, sql, sql_file, member, description))
    fields = typed.read(partial(given_names, context)).values
    report(context, context.write(FILTERS.add, name, fields, dry_run=dry_run), dry_run)
    if sql is not None or sql_file is not None:
        _advise(context, name)


@verb(filter_app, "set", columns=columns.FILTER)
def set_filter(
    context: Context,
    names: FilterNames,
    where: Question = None,
    sql: Sql = None,
    sql_file: SqlFile = None,
    member: Members = None,
    add_member: AddMembers = None,
    remove_member: RemoveMembers = None,
    description: Description = None,
    *,
    how: ChangeOptions,
) -> None:
    """Change a filter, or several alike. Fields that are not named are left alone.

    A new question takes the place of the old.

    Example: itmsctl filter set linux --where "os_family in ('linux', 'unix')"
    """
    members = {"add_members": split_members(add_member or ()), "remove_members": split_members(remove_member or ())}
    fields = GivenFields(FILTER, _fields(where, sql, sql_file, member, description), members)
    outcomes = change(context, FILTERS, names, fields, how, hint="give at least one field, such as --where EXPR")
    if sql is not None or sql_file is not None:
        for outcome in outcomes:
            _advise(context, outcome.doc.name)


@verb(filter_app, "fields", columns=columns.FIELD)
def list_fields(context: Context) -> None:
    """List every field that expressions may name, with its type and data class."""
    from itmsctl.targeting.service.asked import fields

    with context.store.read() as reader:
        found = fields(reader)
    rows = ({"name": f.name, "type": f.type.value, "class": f.cls, "help": f.help} for f in found)
    context.out.list(columns.FIELD, rows)


# --- targets ----------------------------------------------------------------------------------------------------------


@verb(target_app, "add", columns=columns.TARGET)
def add_target(
    context: Context,
    name: Annotated[str, typer.Argument(metavar="NAME", help="Name of the target.")],
    fields: Annotated[GivenFields, FieldOptions(TARGET)],
    dry_run: DryRun = False,
) -> None:
    """Add a target; its members are found at once. An equal one is left as it is; a different one is exit 6.

    Example: itmsctl target add patch-rome --view all --filter linux --filter rome --exclude servers
    """
    owner = str(context.actor().name).partition("@")[0]
    report(context, context.write(TARGETS.add, name, fields.values, owner=owner, dry_run=dry_run), dry_run)


# --- members and explain, for every kind of collection ----------------------------------------------------------------


def _add_reading_verbs(app: typer.Typer, kind: Kind) -> None:
    named = typer.Argument(metavar="NAME", help=f"Name of the {kind.name}.", autocompletion=names_of(kind.name))
    types = {"name": Annotated[str, named]}

    @looks_back
    def list_members(context: Context, name: str) -> None:
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

    def explain(context: Context, name: str, computer: Computer) -> None:
        from itmsctl.targeting.service.explaining import explain as explained

        found = context.read(explained, kind.name, name, computer)
        if context.out.format("json") in {"table", "wide"}:
            context.out.console().print(columns.explanation_tree(found))
        else:
            context.out.show(columns.EXPLANATION, found)

    about = f"List who is in {kind.one}, as the last membership update left it."
    verb(app, "members", help=about, columns=columns.MEMBER, types=types)(list_members)
    about = f"Say why a computer is in {kind.one} or is not, clause by clause."
    verb(app, "explain", help=about, columns=columns.EXPLANATION, types=types)(explain)


for _app, _kind in ((filter_app, FILTER), (view_app, VIEW), (group_app, GROUP), (target_app, TARGET)):
    _add_reading_verbs(_app, _kind)


# --- membership -------------------------------------------------------------------------------------------------------


@verb(membership_app, "update", columns=columns.RUN)
def update_membership(
    context: Context,
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

    if delta + complete + policy > 1:
        raise UsageError("--delta, --complete and --policy contradict each other", hint="give one of them")
    if check and not complete:
        raise UsageError("--check goes with --complete", hint="itmsctl membership update --complete --check")
    if check:
        context.write(update.delta, context.clock, dry_run=dry_run)
    work = update.complete if complete else update.policy if policy else update.delta
    run = context.write(work, context.clock, dry_run=dry_run)
    context.done(
        f"{run.kind}: {counted(run.filters, 'filter')}, {counted(run.groups, 'group')},"
        f" {counted(run.targets, 'target')} looked at;"
        f" {counted(run.added, 'member')} added, {run.removed} removed",
        dry_run=dry_run,
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


@verb(membership_app, "list", columns=columns.RUN)
def list_runs(context: Context, limit: Limit = None) -> None:
    """List membership updates, the latest first."""
    with context.store.read() as reader:
        context.out.list(columns.RUN, roster.run_rows(reader, limit))
