"""The group `discovery`."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Annotated, Any

import typer

from itmsctl.cli import connection as over
from itmsctl.cli.complete import any_of, names_of
from itmsctl.cli.context import Context
from itmsctl.cli.options import DryRun, group, verb
from itmsctl.cli.progress import Progress
from itmsctl.discovery import columns
from itmsctl.discovery.area import MOST_UNASKED
from itmsctl.discovery.found import ADDED, IDENTIFIED, SILENT, STATES, WRONG_CREDENTIALS
from itmsctl.discovery.way import METHODS
from itmsctl.errors import UsageError
from itmsctl.inventory.commands.data_class import class_names
from itmsctl.values.counts import counted
from itmsctl.values.times import seconds

discovery_app = group("Find out what is in networks: devices, printers, computers.")

PARTLY = 7
_WHERE, _HOW = "Where", "How"


@dataclass(frozen=True, kw_only=True)
class WhereOptions:
    """What is looked at: nothing but that."""

    subnet: Annotated[
        list[str],
        typer.Option(
            "--subnet",
            metavar="CIDR",
            help="Subnet; may be given again.",
            rich_help_panel=_WHERE,
            autocompletion=names_of("subnet"),
        ),
    ] = field(default_factory=list)
    site: Annotated[
        list[str],
        typer.Option(
            "--site",
            metavar="SITE",
            help="All subnets of a site.",
            rich_help_panel=_WHERE,
            autocompletion=names_of("site"),
        ),
    ] = field(default_factory=list)
    host: Annotated[
        list[str],
        typer.Option("--host", metavar="HOST", help="One address, or a name that has one.", rich_help_panel=_WHERE),
    ] = field(default_factory=list)
    exclude: Annotated[
        list[str],
        typer.Option(
            "--exclude", metavar="CIDR|HOST", help="Leave these out; may be given again.", rich_help_panel=_WHERE
        ),
    ] = field(default_factory=list)
    max: Annotated[
        int | None,
        typer.Option("--max", metavar="N", help=f"Look at up to N addresses ({MOST_UNASKED}).", rich_help_panel=_WHERE),
    ] = None


@dataclass(frozen=True, kw_only=True)
class HowOptions:
    """How it is looked at."""

    discovery_profile: Annotated[
        str | None,
        typer.Option(
            "--profile",
            metavar="NAME",
            help="Discovery profile; what is typed counts more.",
            rich_help_panel=_HOW,
            autocompletion=names_of("discovery-profile"),
        ),
    ] = None
    method: Annotated[
        list[str],
        typer.Option(
            "--method",
            metavar="NAME",
            help=f"{', '.join(METHODS)}; may be given again. Else all.",
            rich_help_panel=_HOW,
            autocompletion=any_of(METHODS),
        ),
    ] = field(default_factory=list)
    port: Annotated[
        list[str],
        typer.Option("--port", metavar="N,N", help="TCP ports that are tried.", rich_help_panel=_HOW),
    ] = field(default_factory=list)
    credential: Annotated[
        list[str],
        typer.Option(
            "--credential",
            metavar="NAME",
            help="Credential of SNMP; may be given again.",
            rich_help_panel=_HOW,
            autocompletion=names_of("credential"),
        ),
    ] = field(default_factory=list)
    passphrase_file: over.PassphraseFile = None
    snmp_port: Annotated[
        int | None, typer.Option("--snmp-port", metavar="N", help="UDP port of SNMP (161).", rich_help_panel=_HOW)
    ] = None
    timeout: Annotated[
        str | None,
        typer.Option("--timeout", metavar="TIME", help="Wait this long for an answer (1s).", rich_help_panel=_HOW),
    ] = None
    retries: Annotated[
        int | None,
        typer.Option("--retries", metavar="N", help="Ask again so often (1).", rich_help_panel=_HOW),
    ] = None
    rate: Annotated[
        float | None,
        typer.Option("--rate", metavar="N", help="Addresses begun a second, at most (100).", rich_help_panel=_HOW),
    ] = None
    parallel: Annotated[
        int | None, typer.Option("--parallel", metavar="N", help="Addresses at once (64).", rich_help_panel=_HOW)
    ] = None
    identify_only: Annotated[
        bool,
        typer.Option(
            "--identify-only", help="Ask devices who they are, and read no tables of theirs.", rich_help_panel=_HOW
        ),
    ] = False


Add = Annotated[
    str,
    typer.Option(
        "--add",
        metavar="WHAT",
        help="What becomes a resource: identified (who tells by SNMP what it is), everything that answers, nothing.",
        autocompletion=any_of(ADDED),
    ),
]
All = Annotated[bool, typer.Option("--all", help="Show addresses that nobody answers from, too.")]


@verb(discovery_app, "run", columns=columns.FOUND)
def run(
    context: Context,
    where: WhereOptions,
    how: HowOptions,
    add: Add = IDENTIFIED,
    show_all: All = False,
    dry_run: DryRun = False,
) -> int:
    """Look at every address of some subnets: who is there, what is it, is it known, what does it hold.

    Nothing else is contacted. Known resources are marked as seen; devices that tell by SNMP what they are become
    printers, network devices or computers, and their interfaces, parts and supplies are kept as inventory. Off a
    terminal each address is one line of NDJSON; the last line is the summary.

    Examples:

      itmsctl discovery run --subnet 10.1.0.0/24 --credential snmp-ops

      itmsctl discovery run --site rome --profile office --exclude 10.1.0.66 --dry-run

    Exit status 7: an SNMP agent took none of the credentials.
    """
    from itmsctl.discovery.service.running import Discovery

    if add not in ADDED:
        raise UsageError(f"`{add}` is not what can be added", hint=f"--add {', --add '.join(ADDED)}")
    if not (where.subnet or where.site or where.host):
        raise UsageError("where is to be looked?", hint="--subnet 10.1.0.0/24, --site NAME or --host ADDRESS")
    context.store.acting()
    area = _area(context, where)
    way, keys = _way(context, how)
    discovery = Discovery(context.store, area, way, keys, add=add, dry_run=dry_run)
    return _driven(context, discovery, show_all=show_all, dry_run=dry_run)


def _area(context: Context, where: WhereOptions) -> Any:
    """Return what is looked at: what was named, without computers that nobody may contact now."""
    from itmsctl.discovery.service.areas import Named, free_area

    area, held = context.read(free_area, Named(where.subnet, where.site, where.host, where.exclude), where.max)
    for address, why in held.items():
        context.warn(f"{address} is not contacted: {why}")
    return area


def _way(context: Context, how: HowOptions) -> tuple[Any, Any]:
    from itmsctl.discovery.service.keys import snmp_keys
    from itmsctl.discovery.service.profiles import AskedWay, way_of
    from itmsctl.security.commands.unlocking import unlocking

    limit = None if how.timeout is None else seconds(how.timeout)
    asked = AskedWay(
        how.discovery_profile,
        how.method,
        how.port,
        how.credential,
        how.snmp_port,
        limit,
        how.retries,
        how.rate,
        how.parallel,
        not how.identify_only,
    )
    way, names = context.read(way_of, asked)
    return way, snmp_keys(context.store, names, unlocking(context, how.passphrase_file))


def _driven(context: Context, discovery: Any, *, show_all: bool, dry_run: bool) -> int:
    shown = _AddressesShown(context, show_all=show_all)
    bar = Progress(context, discovery.area.count, "discovery")
    try:
        try:
            for one in discovery.results():
                shown.address(one)
                bar.update(discovery.done, discovery.scanning.running)
        finally:
            for one in discovery.rest():  # also after an interrupt: what was found is kept
                shown.address(one)
            bar.close()
    finally:
        for remark in discovery.scanning.remarks:
            context.warn(remark)
        status = shown.finish(discovery.area.count, dry_run=dry_run)
    return status


class _AddressesShown:
    """Shows addresses as they end: objects, or a table at the end; then the summary."""

    def __init__(self, context: Context, *, show_all: bool) -> None:
        self.context, self.show_all = context, show_all
        self.out = context.out if context.out.terminal else context.output_to(context.stdout, "ndjson")
        self.form = self.out.format("ndjson")
        self.states: Counter[str] = Counter()
        self.added = self.looked_at = 0
        self._rows: list[dict[str, Any]] = []

    def address(self, found: Any) -> None:
        """Show what became of an address."""
        self.states[found.state] += 1
        self.looked_at += 1
        self.added += found.is_new
        if found.state == SILENT and not self.show_all:
            return
        if self.form == "ndjson":
            self.out.list(columns.FOUND, [found.as_dict()])
        else:
            self._rows.append(found.as_dict())

    def finish(self, asked: int, *, dry_run: bool) -> int:
        """Show the rest and the summary; return 7 where an agent took no credential."""
        states = {name.replace("-", "_"): self.states[name] for name in STATES}
        total = {"type": "summary", "addresses": asked, "looked_at": self.looked_at, **states, "added": self.added}
        if self.form == "ndjson":
            self.out.list(columns.FOUND, [total])
        elif self.form == "json":
            self.out.list(columns.FOUND, [*self._rows, total])
        else:
            self.out.list(columns.FOUND, self._rows, empty="nobody answered")
        said = ", ".join(f"{self.states[name]} {name}" for name in STATES if self.states[name]) or "nothing"
        more = f"; {counted(self.added, 'resource')} added" if self.added else ""
        part = "" if self.looked_at == asked else f" of {asked}"
        self.context.done(f"{counted(self.looked_at, 'address', 'addresses')}{part}: {said}{more}", dry_run=dry_run)
        return PARTLY if self.states[WRONG_CREDENTIALS] else 0


@verb(discovery_app, "show", columns=columns.KNOWN_CLASSES)
def show(
    context: Context,
    name: Annotated[str, typer.Argument(metavar="DEVICE", help="Network device, printer or computer.")],
    class_name: Annotated[
        str | None,
        typer.Option("--class", metavar="CLASS", help="Its rows of a data class.", autocompletion=class_names),
    ] = None,
    history: Annotated[bool, typer.Option("--history", help="Rows of the class that were changed or went.")] = False,
) -> None:
    """Show what a device holds: the classes that are known of it, or the rows of one.

    Examples:

      itmsctl discovery show core-1

      itmsctl discovery show core-1 --class snmp_interfaces -o table
    """
    from itmsctl.discovery.service.devices import device_named
    from itmsctl.inventory.commands.showing import show_class
    from itmsctl.inventory.service.looking import classes_known

    device = context.read(device_named, name)
    if class_name is not None:
        show_class(context, [(device.id, device.name)], class_name, history=history)
        return
    if history:
        raise UsageError("--history is that of one class", hint="--class NAME")
    context.out.list(columns.KNOWN_CLASSES, context.read(classes_known, device.id), empty="nothing is known of it")
