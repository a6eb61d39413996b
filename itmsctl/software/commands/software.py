"""The group `software`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from itmsctl.cli.complete import any_of, ask, names_of
from itmsctl.cli.context import Context
from itmsctl.cli.naming import SEVERAL, given_names, is_several, names_argument
from itmsctl.cli.nouns import noun_group, report_all
from itmsctl.cli.options import DryRun, Limit, verb
from itmsctl.cli.selecting import ReadingSelectors
from itmsctl.errors import UsageError
from itmsctl.packages.kinds import INSTALL
from itmsctl.software import columns
from itmsctl.software.kinds import ACTIONS, SOFTWARE, STATES
from itmsctl.values.counts import counted
from itmsctl.values.names import near_or_all

software_app = noun_group(
    SOFTWARE,
    columns.SOFTWARE,
    examples={
        "add": "itmsctl software add hello --package hello --detect 'package hello >= 2.10' --depends libc",
        "set": "itmsctl software set hello --applies \"inventory os_family = 'linux'\"",
        "list": "itmsctl software list -o wide",
    },
)


@verb(software_app, "plan", columns=columns.STEP)
def plan(
    context: Context,
    names: Annotated[list[str], names_argument("software")],
    computer: Annotated[
        list[str],
        typer.Option(
            "--computer", metavar="COMPUTER", help="Plan for this computer.", autocompletion=names_of("computer")
        ),
    ] = [],
    action: Annotated[
        str,
        typer.Option(
            "--action",
            metavar="ACTION",
            help=f"What is asked for: {', '.join(ACTIONS)}.",
            autocompletion=any_of(ACTIONS),
        ),
    ] = INSTALL,
) -> None:
    """Show what would be done, in which order and why: what is needed first, what is superseded gone before.

    Of a computer what is known of it counts: what is there needs nothing. Nothing is sent.

    Examples:

      itmsctl software plan crm

      itmsctl software plan crm --computer web1 --action uninstall
    """
    from itmsctl.software.service import planned

    wanted = given_names(context, names, "software")
    with context.store.read() as reader:
        rows = planned.shown(reader, wanted, action, computer)
    context.out.list(columns.STEP, rows)


@verb(software_app, "status", columns=columns.ON_COMPUTER)
def status(
    context: Context,
    names: Annotated[
        list[str], names_argument("software", "Name of the software. Default: all.", metavar="[NAME]")
    ] = [],
    state: Annotated[
        str | None,
        typer.Option("--state", metavar="STATE", help="Only computers in this state.", autocompletion=any_of(STATES)),
    ] = None,
    wanted: Annotated[
        bool, typer.Option("--wanted", help="Only computers that should have it: a delivery in use brings it there.")
    ] = False,
    limit: Limit = None,
) -> None:
    """Show where software is and where not: counts, and of one software each computer with the reason.

    `wanted` counts the computers that should have it, since a delivery in use brings it there.

    Computers whose inventory changed are judged first. What is not known is unknown, and never counts as missing.

    Examples:

      itmsctl software status hello -o json

      itmsctl software status hello --wanted --state not_compliant -o table
    """
    from itmsctl.software.service import judging
    from itmsctl.software.service import status as told

    if state is not None and state not in STATES:
        raise UsageError(f"--state does not know `{state}`", hint=near_or_all(state, STATES))
    chosen = given_names(context, names, "software") if names else []
    if context.read(judging.is_due):
        judging.judge_by_slices(context.write)
    with context.store.read() as reader:
        docs = told.chosen(reader, chosen)
        rows = told.counts(reader, docs)
        on_them = told.on_computers(reader, docs[0], state, limit, only_wanted=wanted) if len(chosen) == 1 else []
    if len(chosen) == 1:
        context.out.show(columns.COUNTS, rows[0], {"computers": on_them})
    else:
        context.out.list(columns.COUNTS, rows, empty="no software is managed yet: itmsctl software discovered")


@verb(software_app, "licences", columns=columns.LICENCES)
def licences(
    context: Context,
    names: Annotated[
        list[str], names_argument("software", "Name of the software. Default: all with licences.", metavar="[NAME]")
    ] = [],
    unused: Annotated[
        str, typer.Option("--unused", metavar="TIME", help="Idle is who did not use it for so long.")
    ] = "90d",
) -> None:
    """Show licences against where software is installed, and used where that is metered (SW-6).

    Installed is where `software status` says compliant. `balance` is below 0 where more licences are needed than were
    bought; `idle` counts installations that are metered for as long as --unused and were not used: theirs may be taken
    back. `--license-type` says what counts: device, user or site; of others nothing is counted.

    Examples:

      itmsctl software licences

      itmsctl software licences cad --unused 30d -o json
    """
    from datetime import timedelta

    from itmsctl.software.service import judging
    from itmsctl.software.service import licences as held
    from itmsctl.software.service.status import chosen
    from itmsctl.values.times import seconds

    asked = given_names(context, names, "software") if names else []
    if context.read(judging.is_due):
        judging.judge_by_slices(context.write)
    with context.store.read() as reader:
        docs = [doc for doc in chosen(reader, asked) if asked or doc.fields["licenses"] is not None]
        rows = list(held.rows(reader, docs, timedelta(seconds=seconds(unused))))
    context.out.list(columns.LICENCES, rows, empty="no software has licences: itmsctl software set NAME --licenses 10")


@verb(software_app, "judge")
def judge(
    context: Context,
    again: Annotated[bool, typer.Option("--again", help="Judge all computers again, not only what changed.")] = False,
    dry_run: DryRun = False,
) -> None:
    """Judge where software is by what inventory holds: on computers that changed, and where rules did.

    Example: itmsctl software judge --again
    """
    from itmsctl.software.service import judging

    if dry_run:
        found = context.write(judging.judge, everywhere=again, dry_run=True)
    else:
        found = judging.judge_by_slices(context.write, everywhere=again)
    context.done(f"{counted(found.looked_at, 'state')} judged, {found.changed} changed", dry_run=dry_run)


@verb(software_app, "test", columns=columns.TRIED)
def try_rule(
    context: Context,
    rule: Annotated[str, typer.Argument(metavar="RULE", help="A rule: 'package hello >= 2.10'.")],
    chosen: ReadingSelectors,
    registry: Annotated[
        Path | None,
        typer.Option("--registry", metavar="FILE", help="What `reg export` wrote on such a computer."),
    ] = None,
) -> None:
    """Try a rule on computers: whether it holds by what inventory holds, and why.

    Examples:

      itmsctl software test 'package openssl >= 3.0' web1 web2

      itmsctl software test 'registry HKLM\\SOFTWARE\\Hello value Version >= 2' pc1 --registry hello.reg
    """
    from itmsctl.resources.service.selection import ordered_ids, selected
    from itmsctl.software.service import trying

    selection = selected(context.store, chosen, chosen.listed(context), context.stdin, context.warn)
    with context.store.read() as reader:
        rows = trying.tried(reader, rule, ordered_ids(reader, selection), registry)
    context.out.list(columns.TRIED, rows)


_LISTING = "software discovered"
_NAMES_FOUND = (
    "SELECT DISTINCT name FROM inv_software_entry WHERE substr(name, 1, {size}) = {start} ORDER BY name LIMIT {limit}"
)
_FOUND_NAME = "Name as inventory finds it."


def _found(ctx: typer.Context, incomplete: str) -> list[str]:
    return ask(ctx, _NAMES_FOUND, size=len(incomplete), start=incomplete)


_Found = Annotated[list[str], typer.Argument(metavar="NAME", help=f"{_FOUND_NAME} {SEVERAL}", autocompletion=_found)]


@verb(software_app, "discovered", columns=columns.FOUND)
def discovered(
    context: Context,
    like: Annotated[
        str | None, typer.Option("--like", metavar="PATTERN", help="Only names like this; `*` is anything.")
    ] = None,
    everything: Annotated[
        bool, typer.Option("--everything", help="Also what is managed already, or set aside.")
    ] = False,
    limit: Limit = None,
) -> None:
    """List what inventory finds and nobody manages yet, the most frequent first (SW-4).

    Example: itmsctl software discovered --like '*office*' --limit 20 -o table
    """
    from itmsctl.software.service import discovered as found

    rows = context.read(found.rows_of, limit, like, everything=everything)
    context.out.list(columns.FOUND, rows, empty="inventory finds nothing that is not managed")


@verb(software_app, "manage")
def manage(context: Context, names: _Found, dry_run: DryRun = False) -> None:
    """Make managed software of what inventory finds, each with a proposed rule: all or none (SW-4).

    Examples:

      itmsctl software manage 'Mozilla Firefox' openssl

      itmsctl software discovered --like 'lib*' -o name | itmsctl software manage -
    """
    from itmsctl.software.service import discovered as found

    wanted = given_names(context, names, "software", _LISTING)
    outcomes = context.write(found.manage, wanted, dry_run=dry_run)
    report_all(context, outcomes, dry_run, several=is_several(names))


@verb(software_app, "set-aside")
def set_aside(
    context: Context,
    names: Annotated[
        list[str], typer.Argument(metavar="[NAME]", help=f"{_FOUND_NAME} {SEVERAL}", autocompletion=_found)
    ] = [],
    like: Annotated[
        list[str], typer.Option("--like", metavar="PATTERN", help="All names like this; `*` is anything.")
    ] = [],
    dry_run: DryRun = False,
) -> None:
    """Take what inventory finds off the list of new software, by name or by pattern (SW-4).

    `software remove` brings it back, `software manage` makes it managed.

    Example: itmsctl software set-aside tzdata --like 'fonts-*'
    """
    from itmsctl.software.service import discovered as found

    wanted = given_names(context, names, "software", _LISTING) if names else []
    outcomes = context.write(found.set_aside, wanted, like, dry_run=dry_run)
    report_all(context, outcomes, dry_run, several=bool(like) or is_several(names))
