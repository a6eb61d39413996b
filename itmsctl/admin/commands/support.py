"""The group `support`: what somebody who helps must know, in one file without secrets."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Annotated

import typer

from itmsctl.admin import columns
from itmsctl.admin.commands.db import desk_of
from itmsctl.admin.service import support
from itmsctl.cli.context import Context
from itmsctl.cli.options import group, verb
from itmsctl.cli.out import Force, refuse_in_use
from itmsctl.cli.root import load_group
from itmsctl.errors import PartialError
from itmsctl.values.untrusted import shell_arg

support_app = group("Gather what somebody who helps must know, without secrets.")

BundleFile = Annotated[Path, typer.Argument(metavar="FILE", help="A bundle.")]


@cache
def _verbs(group_name: str) -> frozenset[str]:
    return frozenset(getattr(load_group(group_name), "commands", ()))


@verb(support_app, "bundle", columns=columns.BUNDLE)
def bundle(
    context: Context,
    out: Annotated[Path, typer.Option("--out", metavar="FILE", help="Write to this file: support.tar.gz.")],
    include_names: Annotated[
        bool, typer.Option("--include-names", help="Real names of sites, servers and people, and words of findings.")
    ] = False,
    note: Annotated[str, typer.Option("--note", metavar="TEXT", help="What went wrong, and what you tried.")] = "",
    force: Force = False,
) -> int:
    """Write release, machine, network, settings, database, audit headers, runs and incidents to one archive (0600).

    Never in it: credentials, keys, output, texts of tasks, command lines, reasons, values of the environment. Names
    stand as `site-1` unless they are asked for. Exit 7 where a part could not be gathered, such as a damaged database.

    Example: itmsctl support bundle --out support.tar.gz --note "runs hang since Monday; rebooted, no change"
    """
    refuse_in_use(context, out)
    desk = desk_of(context)
    settings = context.sources.every(str(context.database))
    asked = support.BundleRequest(
        desk, settings, context.environment, context.config_folder, include_names, note, _verbs
    )  # fmt: skip
    done = support.write_bundle(
        asked, out.absolute(), context.store if support.is_readable(desk) else None, force=force
    )
    context.out.list(columns.BUNDLE, done.files)
    context.say(
        f"{out}: {len(done.files)} files, {done.size} bytes; before you send it: "
        f"itmsctl support show {shell_arg(str(out))}"
    )
    for name, why in done.missing.items():
        context.warn(f"{name} is missing: {why}")
    return PartialError.exit_status if done.missing else 0


@verb(support_app, "show", columns=columns.BUNDLE)
def show(
    context: Context,
    file: BundleFile,
    part: Annotated[str | None, typer.Argument(metavar="PART", help="Show this file of it.")] = None,
) -> None:
    """List the files of a bundle, each compared with its digest, or show one. Nothing is unpacked to the disk.

    Example: itmsctl support show support.tar.gz database.json
    """
    if part is None:
        context.out.list(columns.BUNDLE, support.read_bundle(file))
        return
    for line in support.part_of(file, part).splitlines():
        context.out.line(line)
