"""`inventory package`: one file that writes the inventory of a computer that is not reached over SSH."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from itmsctl.cli.complete import any_of
from itmsctl.cli.context import Context
from itmsctl.cli.options import verb
from itmsctl.cli.out import Force, refuse_in_use
from itmsctl.errors import UsageError
from itmsctl.inventory.commands.gathering import Classes, Collect
from itmsctl.values.names import did_you_mean
from itmsctl.values.untrusted import shell_arg

_ACTIONS = ("build", "readme")
_SYSTEMS = ("unix", "windows")


What = Annotated[
    str,
    typer.Argument(
        metavar="ACTION",
        help="`build` writes the package; `readme` says how it is used and how its files travel.",
        autocompletion=any_of(_ACTIONS),
    ),
]
Out = Annotated[Path | None, typer.Option("--out", metavar="FILE", help="Write the package here.")]
For = Annotated[
    str,
    typer.Option(
        "--for",
        metavar="SYSTEM",
        help="unix (Linux, macOS, BSD, Solaris, AIX, HP-UX) or windows (not yet run on a real one).",
        autocompletion=any_of(_SYSTEMS),
    ),
]
Inbox = Annotated[
    str, typer.Option("--inbox", metavar="FOLDER", help="Where it writes on its computer, unless told there.")
]
FullDays = Annotated[int, typer.Option("--full-every", metavar="DAYS", help="Send everything after so many days.")]
FullFiles = Annotated[int, typer.Option("--full-after", metavar="FILES", help="Send everything after so many files.")]
MaxMib = Annotated[float, typer.Option("--max-mib", metavar="MIB", help="Largest size of a file.")]


def register(app: typer.Typer) -> None:
    """Add the verb to its group."""

    @verb(app, "package")
    def package(
        context: Context,
        action: What,
        out: Out = None,
        system: For = "unix",
        collect: Collect = [],
        classes: Classes = [],
        inbox: Inbox = ".",
        full_days: FullDays = 30,
        full_files: FullFiles = 100,
        max_mib: MaxMib = 64.0,
        force: Force = False,
    ) -> None:
        """Build one file that writes a computer's inventory, for computers that are not reached over SSH.

        An administrator, a logon script or cron runs it there. It writes an event file (NSE) into a folder or share:
        first everything, then what has changed. `itmsctl event load` takes these files in. For UNIX it runs by
        Python 3.6, and tells the basic classes by sh where there is none. That for Windows is a script of PowerShell
        5.1 that was not yet run on a real Windows.

        Examples:

          itmsctl inventory package build --out inventory.sh --inbox /mnt/inbox

          itmsctl inventory package build --for windows --out inventory.ps1

          itmsctl inventory package readme
        """
        from itmsctl.inventory.service.packaging import PackagePlan, package_of, readme_of, write_package

        for word, known in ((action, _ACTIONS), (system, _SYSTEMS)):
            if word not in known:
                raise UsageError(f"`{word}` is none of {', '.join(known)}", hint=did_you_mean(word, known))
        plan = PackagePlan(system, collect, classes, inbox, full_days, full_files, max_mib)
        if action == "readme":
            context.out.line(
                readme_of(plan, out.name if out else "inventory.ps1" if system == "windows" else "inventory.sh")
            )
            return
        if out is None:
            raise UsageError("--out says where the package is written", hint="--out inventory.sh")
        refuse_in_use(context, out)
        data = package_of(plan, out.name)
        write_package(out, data, force=force)
        how = f"itmsctl inventory package readme --for {shell_arg(system)}"
        context.say(f"{out}: {len(data) / 1000:,.0f} kB; how to use it: {how}")
