"""Files of other tools, and of computers that are not reached over SSH: `inventory load` and `event load`."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from itmsctl.cli.context import Context
from itmsctl.cli.options import DryRun, group, verb
from itmsctl.cli.progress import Progress
from itmsctl.errors import UsageError
from itmsctl.inventory import columns
from itmsctl.values.counts import counted
from itmsctl.values.times import seconds
from itmsctl.values.untrusted import shell_arg

if TYPE_CHECKING:
    from itmsctl.inventory.inbox import FileOutcome
    from itmsctl.inventory.service.file_storing import LoadOptions

event_app = group("Take in what computers send: files of an inbox.")


def _formats(ctx: typer.Context, incomplete: str) -> list[str]:
    from itmsctl.inventory.format import format_names

    del ctx
    return [name for name in format_names() if name.startswith(incomplete)]


Sources = Annotated[
    list[str], typer.Argument(metavar="FILE|DIR|-", help="Files, folders of files, or - for standard input.")
]
FormatName = Annotated[
    str | None,
    typer.Option(
        "--format", metavar="NAME", help="What wrote the files, where they do not tell it.", autocompletion=_formats
    ),
]
KnownOnly = Annotated[bool, typer.Option("--known-only", help="Add no computer: one that is not known is refused.")]
InPlace = Annotated[bool, typer.Option("--in-place", help="Leave bad files of a folder where they are.")]
Remove = Annotated[bool, typer.Option("--remove", help="Take files that are stored out of their folder.")]
Settle = Annotated[
    str, typer.Option("--settle", metavar="TIME", help="How long a file that ends too early may still be written.")
]


def register(app: typer.Typer) -> None:
    """Add the verbs to the group `inventory`."""
    verb(app, "load", columns=columns.LOADED)(load)


def load(
    context: Context,
    sources: Sources,
    format_name: FormatName = None,
    known_only: KnownOnly = False,
    in_place: InPlace = False,
    remove: Remove = False,
    settle: Settle = "5s",
    dry_run: DryRun = False,
) -> int:
    """Load inventories of other tools: GLPI, FusionInventory, Facter, Ansible, osquery, Fleet, and our own.

    Each computer is recognised by its GUID, hardware UUID, serial number or name, or added. A content is loaded once.
    A bad file of a folder is moved to `quarantine` in it, with its reason, and the others go on; a file that was
    named stays. Off a terminal each file is one line of NDJSON; the last line is the summary.

    Examples:

      itmsctl inventory load /srv/inventories

      itmsctl inventory load facts.json --format facter --known-only

      facter --json | itmsctl inventory load -
    """
    return _loaded(
        context, sources, _options(context, format_name, known_only, in_place, remove, settle, dry_run=dry_run)
    )


@verb(event_app, "load", columns=columns.LOADED)
def load_events(
    context: Context,
    sources: Sources,
    known_only: KnownOnly = False,
    in_place: InPlace = False,
    remove: Remove = False,
    settle: Settle = "10m",
    dry_run: DryRun = False,
) -> int:
    """Load what stand-alone packages wrote (NSE, as XML or JSON) from an inbox: a share, a mailbox's folder.

    As `inventory load`, for a program that runs every few minutes: a file that ends too early waits for the next run,
    up to ten minutes. Names that end in .part or .tmp, and hidden ones, are passed over: write so, then rename.

    Example: itmsctl event load /srv/inbox --remove
    """
    return _loaded(context, sources, _options(context, None, known_only, in_place, remove, settle, dry_run=dry_run))


@verb(event_app, "status", columns=columns.ARRIVALS)
def status(context: Context) -> None:
    """Say what became of all files so far: loaded, quarantined, waiting, and how often one came that was known.

    Example: itmsctl event status -o json
    """
    from itmsctl.inventory.service.received import arrival_counts

    context.out.show(columns.ARRIVALS, context.read(arrival_counts))


def _options(
    context: Context,
    format_name: str | None,
    known_only: bool,
    in_place: bool,
    remove: bool,
    settle: str,
    *,
    dry_run: bool,
) -> LoadOptions:
    from itmsctl.inventory.format import formats_named
    from itmsctl.inventory.service.file_storing import LoadOptions
    from itmsctl.resources.authority import priorities

    if format_name is not None:
        formats_named(format_name)
    ranks = priorities(context.option("inventory_priorities")[0] or "")
    return LoadOptions(format_name, known_only, seconds(settle), in_place, remove, dry_run, ranks)


def _loaded(context: Context, sources: list[str], options: LoadOptions) -> int:
    from itmsctl.inventory.service.file_loading import FileLoader

    if sources.count("-") > 1:
        raise UsageError("standard input can be read once", hint="give - once")
    progress: list[Progress] = []
    loader = FileLoader(
        context.store, options, lambda count: progress.append(Progress(context, count, "inventory load")), context.sleep
    )
    shown = _FilesShown(context)
    stdin = getattr(context.stdin, "buffer", None)
    try:
        for outcome in loader.load(list(dict.fromkeys(sources)), stdin):
            shown.file(outcome)
            for bar in progress:
                bar.update(shown.states.total(), 0)
    finally:
        for bar in progress:
            bar.close()
    return shown.finish(dry_run=options.dry_run)


class _FilesShown:
    """Shows files as they end: objects, or a table at the end; then the summary."""

    def __init__(self, context: Context) -> None:
        self.context = context
        self.out = context.out if context.out.terminal else context.output_to(context.stdout, "ndjson")
        self.form = self.out.format("ndjson")
        self.states: Counter[str] = Counter()
        self.added = 0
        self._rows: list[dict[str, Any]] = []

    def file(self, outcome: FileOutcome) -> None:
        """Show what became of a file."""
        self.states[outcome.state.value] += 1
        self.added += outcome.added
        row = outcome.as_dict()
        if self.form == "ndjson":
            self.out.list(columns.LOADED, [row])
        else:
            self._rows.append(row)

    def finish(self, *, dry_run: bool) -> int:
        """Show the rest and the summary; return 7 where a file is in quarantine."""
        states = {name: self.states[name] for name in ("loaded", "duplicate", "quarantined", "waiting")}
        files, added = self.states.total(), self.added
        total = {"type": "summary", "files": files, **states, "added": added}
        if self.form == "ndjson":
            self.out.list(columns.LOADED, [total])
        elif self.form == "json":
            self.out.list(columns.LOADED, [*self._rows, total])
        else:
            self.out.list(columns.LOADED, self._rows, empty="no file to load")
        said = ", ".join(f"{count} {name}" for name, count in states.items() if count) or "nothing to load"
        more = f"; {counted(added, 'computer')} added" if added else ""
        self.context.done(f"{counted(files, 'file')}: {said}{more}", dry_run=dry_run)
        self._say_where()
        return 7 if states["quarantined"] else 0

    def _say_where(self) -> None:
        folders = sorted({str(Path(row["moved_to"]).parent) for row in self._rows if row["moved_to"]})
        for folder in folders:
            self.context.say(f"bad files, each with its reason: {shell_arg(folder)}")
