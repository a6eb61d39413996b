"""`package distribute`, `servers` and `route`: packages on their way to package servers, and from which they come."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated

import typer

from itmsctl.cli import connection as over
from itmsctl.cli.complete import names_of
from itmsctl.cli.context import Context
from itmsctl.cli.options import DryRun, verb
from itmsctl.errors import BusyError, IntegrityError, UsageError, worst
from itmsctl.packages import columns
from itmsctl.tasks import columns as run_columns
from itmsctl.values.counts import counted
from itmsctl.values.untrusted import log_text

if TYPE_CHECKING:
    from itmsctl.packages.service.distributing import CopyPlan
    from itmsctl.tasks.step import Step

PackageName = Annotated[
    str, typer.Argument(metavar="NAME", help="Name of the package.", autocompletion=names_of("package"))
]
To = Annotated[
    list[str],
    typer.Option("--to", metavar="SERVER", help="Only to this one; again for more.", autocompletion=names_of("server")),
]
Rate = Annotated[int | None, typer.Option("--rate", metavar="KBIT", help="Most kbit/s for each server.")]
AtOnce = Annotated[int | None, typer.Option("--at-once", metavar="N", help="Servers that are copied to at once.")]
Claimed = Annotated[
    bool, typer.Option("--claimed", help="Read nothing back: the server's own digests count, and its state says so.")
]
OptionalName = Annotated[
    str | None, typer.Argument(metavar="NAME", help="Name of the package.", autocompletion=names_of("package"))
]
Prune = Annotated[
    bool, typer.Option("--prune", help="Copy nothing: remove from servers what no package needs any more.")
]
Remove = Annotated[bool, typer.Option("--remove", help="Remove it from the servers.")]
IgnoreWindow = Annotated[bool, typer.Option("--ignore-window", help="Do not wait for maintenance windows.")]
Timeout = Annotated[str | None, typer.Option("--timeout", metavar="TIME", help="Time limit on each server (6h).")]


@dataclass(frozen=True, kw_only=True)
class CopyOptions:
    """Which servers, how fast, and how they are reached."""

    to: To = field(default_factory=list)
    rate: Rate = None
    at_once: AtOnce = None
    ignore_window: IgnoreWindow = False
    timeout: Timeout = None
    profile: over.Profile = None
    way: over.ConnectionOptions
    accept_new: over.AcceptNew = False


def register(app: typer.Typer) -> None:
    """Add the verbs to their group."""

    @verb(app, "distribute", columns=run_columns.RESULT)
    def distribute(
        context: Context,
        name: OptionalName = None,
        claimed: Claimed = False,
        remove: Remove = False,
        prune: Prune = False,
        *,
        asked: CopyOptions,
        dry_run: DryRun = False,
    ) -> int:
        """Copy a package to package servers: all that there are, the unconstrained ones first.

        What is missing is sent, piece by piece; all comes back and is compared; only then it can be seen there, and is
        `ready`. A constrained server takes it from an unconstrained one of its site, as far as it can.

        Examples:

          itmsctl package distribute curl --key ~/.ssh/id_ed25519

          itmsctl package distribute curl --to files-rome --rate 2000 --profile fleet

          itmsctl package distribute --prune --profile fleet

        Maintenance windows of the servers are waited for. The same again goes on with what is missing. Only what is
        published goes to servers. Contents of packages that were removed, or have another content by now, go with the
        next copying of any package, or by --prune.
        """
        from itmsctl.packages.service import distributing
        from itmsctl.packages.service.trusted import checked_manifest

        if sum((remove, claimed, prune, name is not None and prune)) > 1:
            raise UsageError("--remove, --claimed and --prune stand alone", hint="leave one of them out")
        if prune:
            return _pruned(context, asked, dry_run=dry_run)
        if name is None:
            raise UsageError("which package?", hint="itmsctl package distribute NAME, or --prune")
        limit_s = limit_of(asked.timeout)
        plan = context.read(distributing.distribution, name, asked.to)
        if not remove:
            context.read(lambda reader: checked_manifest(reader, name, reader.now))
        step = distributing.copy_step(
            plan.package.name, rate_kbit=asked.rate, claimed=claimed, remove=remove, limit_s=limit_s
        )
        if dry_run:
            return _previewed(context, plan)
        return copied(context, plan, step, asked)

    @verb(app, "servers", columns=columns.COPY)
    def list_servers(context: Context, name: PackageName) -> None:
        """List the package servers, and how far a package is on each: `ready` is one where every byte was read back.

        Example: itmsctl package servers curl -o json
        """
        from itmsctl.packages.service import copy_states
        from itmsctl.packages.service.copy_jobs import package_servers
        from itmsctl.packages.service.packages import PACKAGES

        with context.store.read() as reader:
            package = PACKAGES.get(reader, name)
            rows = list(copy_states.server_rows(reader, package, package_servers(reader)))
        context.out.list(columns.COPY, rows)

    @verb(app, "route", columns=columns.ROUTE)
    def show_route(
        context: Context,
        computer: Annotated[
            str,
            typer.Option("--computer", metavar="NAME|ADDRESS", help="Who asks.", autocompletion=names_of("computer")),
        ],
        name: Annotated[
            str | None,
            typer.Argument(metavar="NAME", help="Package that it wants.", autocompletion=names_of("package")),
        ] = None,
    ) -> None:
        """List from where a computer takes a package, in the order in which it tries, and the rule behind each.

        Example: itmsctl package route curl --computer pc1 -o json

        Without a package it is where it would take any. Who is passed over is said on stderr.
        """
        from itmsctl.packages.service.routing import route_of

        asked, found = context.read(route_of, computer, name)
        rows = [
            {"source": one.url or one.server, "server": one.server, "rule": one.rule, "why": one.why}
            for one in found.sources
        ]
        context.out.list(columns.ROUTE, rows)
        for passed in found.passed:
            context.say(log_text(f"passed over: `{passed.server}`: {passed.why}"))
        for warning in asked.selection.warnings:
            context.warn(log_text(warning))


def limit_of(text: str | None) -> float | None:
    """Return a time limit as it was typed, in seconds."""
    from itmsctl.values.times import seconds

    return None if text is None else seconds(text)


def _previewed(context: Context, plan: CopyPlan) -> int:
    for doc in plan.servers:
        how = "constrained: from one of its site" if doc.fields["constrained"] else "from here"
        context.say(log_text(f"{doc.name}: {how}"))
    context.say(f"{counted(len(plan.servers), 'server')} would be copied to (dry run, nothing was written or sent)")
    return 0


def _pruned(context: Context, asked: CopyOptions, *, dry_run: bool) -> int:
    """Remove what no package needs from servers; return the exit status."""
    from itmsctl.packages.service import distributing

    plan = context.read(distributing.to_prune, asked.to)
    if plan is None:
        context.say("no server holds what no package needs")
        return 0
    if dry_run:
        for doc in plan.servers:
            context.say(log_text(f"{doc.name}: it holds what no package needs (dry run, nothing was removed)"))
        return 0
    context.store.acting()
    return driven(context, plan, distributing.prune_step(limit_of(asked.timeout)), asked, [])


def copied(context: Context, plan: CopyPlan, step: Step, asked: CopyOptions) -> int:
    """Copy to the servers that nobody else copies to now; return the exit status."""
    from dataclasses import replace

    from itmsctl.packages.service import copy_states, distributing

    context.store.acting()
    ours, others = context.store.write(lambda unit: copy_states.claim(unit, plan.package, plan.servers))
    for doc in others:
        context.warn(log_text(f"{doc.name}: another process copies `{plan.package.name}` there"))
    if not ours:
        raise BusyError(
            f"`{plan.package.name}` is being copied to all of these servers already",
            hint="itmsctl package servers NAME shows how far it is",
        )
    kept = {doc.id for doc in ours}
    pairs = [(doc, one) for doc, one in zip(plan.servers, plan.computers, strict=True) if doc.id in kept]
    left = replace(plan, servers=tuple(doc for doc, _ in pairs), computers=tuple(one for _, one in pairs))
    guid: list[str] = []
    try:
        return judged(context, left, driven(context, left, step, asked, guid))
    finally:
        context.store.write(lambda unit: distributing.settle(unit, left, guid[0] if guid else None))


def driven(context: Context, plan: CopyPlan, step: Step, asked: CopyOptions, guid: list[str]) -> int:
    """Drive the run of a step over package servers; `guid` gets that of the run. Return the exit status."""
    from dataclasses import replace

    from itmsctl.tasks import service
    from itmsctl.tasks.commands.driving import connecting, drive
    from itmsctl.tasks.program import Program

    way = replace(asked.way, concurrency=asked.at_once or asked.way.concurrency)
    via = connecting(way, accept_new=asked.accept_new, profile=asked.profile)
    run = service.RunPlan(
        Program.of(step), via, f"package servers of {plan.package.name}", plan.computers,
        plan.options(ignore_windows=asked.ignore_window), guard_max=context.guard_max,
    )  # fmt: skip

    def act(made: service.Drive) -> service.DriveReport:
        report = service.start(made, run)
        guid.append(report.run.guid)
        return report

    return drive(context, via, act, way)


def judged(context: Context, plan: CopyPlan, code: int) -> int:
    """Return the exit status of a run over copies: 14 where one of them is found to be wrong."""
    from itmsctl.packages.service import copy_states

    corrupt = context.read(copy_states.has_corrupt, plan.package, plan.servers)
    return worst({code, IntegrityError.exit_status}) if corrupt else code
