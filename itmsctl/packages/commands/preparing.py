"""`server prepare`: a computer made a package server, over the connection that stands."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Annotated, Any

import typer

from itmsctl.cli.complete import names_of
from itmsctl.cli.context import Context
from itmsctl.cli.options import DryRun, verb
from itmsctl.packages.commands.distributing import CopyOptions, driven
from itmsctl.tasks import columns as run_columns
from itmsctl.values.untrusted import log_text

_PANEL = "Package server"
ServerName = Annotated[
    str, typer.Argument(metavar="NAME", help="Name of the server.", autocompletion=names_of("server"))
]


@dataclass(frozen=True, kw_only=True)
class PrepareOptions:
    """How the package server is to be."""

    folder: Annotated[
        str | None,
        typer.Option("--folder", metavar="PATH", help="Folder of its packages; kept with the server.",
                     rich_help_panel=_PANEL),
    ] = None  # fmt: skip
    account: Annotated[
        str,
        typer.Option("--account", metavar="USER", help="System account whose group the folder gets: made if missing.",
                     rich_help_panel=_PANEL),
    ] = ""  # fmt: skip
    web: Annotated[
        int | None,
        typer.Option("--web", metavar="PORT", help="Serve the folder by nginx on this port.", rich_help_panel=_PANEL),
    ] = None
    install_web: Annotated[
        bool, typer.Option("--install-web", help="Install nginx where it is missing.", rich_help_panel=_PANEL)
    ] = False
    url: Annotated[
        str | None,
        typer.Option("--url", metavar="URL", help="Where computers take packages from it; else by its address.",
                     rich_help_panel=_PANEL),
    ] = None  # fmt: skip
    package: Annotated[
        list[str],
        typer.Option("--package", metavar="NAME", help="Copy this one there at once; again for more. Default: enabled "
                     "ones.", autocompletion=names_of("package"), rich_help_panel=_PANEL),
    ] = field(default_factory=list)  # fmt: skip
    run_as: Annotated[
        str | None,
        typer.Option("--run-as", metavar="USER", help="Make it as USER, by sudo.", rich_help_panel=_PANEL),
    ] = None


def register(app: typer.Typer) -> None:
    """Add the verb to its group."""

    @verb(app, "prepare", columns=run_columns.RESULT)
    def prepare(
        context: Context, name: ServerName, how: PrepareOptions, *, asked: CopyOptions, dry_run: DryRun = False
    ) -> int:
        """Make a computer a package server: folder, account, web server where asked for, first copies, read back.

        Examples:

          itmsctl server prepare files-rome --run-as root --account itms-packages --web 8080

          itmsctl server prepare files-rome --folder /data/packages --package curl

        The folder then belongs to who logs in. The same again changes nothing that is as it should be.
        """
        from itmsctl.packages.preparing import Preparation
        from itmsctl.packages.service import distributing, prepared

        server = context.read(prepared.package_server, name)
        wanted = Preparation(
            how.folder or server.fields["folder"] or prepared.FOLDER, how.account, how.web, how.install_web
        )
        wanted.environment()
        plan = context.read(distributing.server_alone, server)
        if dry_run:
            context.say(log_text(f"{name}: {wanted.folder} would be made (dry run, nothing was written or sent)"))
            return 0
        context.store.acting()
        code = driven(context, plan, prepared.step_of(wanted, how.run_as), replace(asked, to=[]), [])
        if code:
            return code
        context.write(prepared.learned, server, wanted, how.url)
        return _first_copies(context, name, how, asked)


def _first_copies(context: Context, name: str, how: PrepareOptions, asked: CopyOptions) -> int:
    """Copy packages to a server that was prepared; return the worst exit status."""
    from itmsctl.errors import worst
    from itmsctl.packages.commands.distributing import copied
    from itmsctl.packages.service import distributing
    from itmsctl.packages.service.copy_jobs import wanted_packages

    names: Any = how.package or [doc.name for doc in context.read(wanted_packages, None)]
    codes = set()
    for package in names:
        plan = context.read(distributing.distribution, package, [name])
        step = distributing.copy_step(plan.package.name, rate_kbit=asked.rate, claimed=False, remove=False)
        codes.add(copied(context, plan, step, asked))
    return worst(codes - {0}) if codes - {0} else 0
