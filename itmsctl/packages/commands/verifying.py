"""`package verify`: whether the library, and package servers, hold what packages are."""

from __future__ import annotations

from typing import Annotated

import typer

from itmsctl.cli.context import Context
from itmsctl.cli.options import verb
from itmsctl.errors import IntegrityError
from itmsctl.packages import columns
from itmsctl.packages.commands.distributing import CopyOptions, PackageName, driven, judged, limit_of
from itmsctl.values.counts import counted

Here = Annotated[bool, typer.Option("--here", help="Only the library on this machine: no server is contacted.")]
ReadBack = Annotated[
    bool, typer.Option("--read-back", help="Have every byte come back from servers; else their own digests count.")
]


def register(app: typer.Typer) -> None:
    """Add the verb to its group."""

    @verb(app, "verify", columns=columns.VERIFIED)
    def verify(
        context: Context, name: PackageName, here: Here = False, read_back: ReadBack = False, *, asked: CopyOptions
    ) -> int:
        """Check a package: its files in the library, byte by byte, and its copies on package servers.

        A copy that is wrong is taken out of sight, and is `corrupt`: exit 14. `package distribute` repairs it.

        Example: itmsctl package verify curl --read-back --key ~/.ssh/id_ed25519
        """
        from itmsctl.packages.service import distributing
        from itmsctl.packages.service.verifying import OK, verified

        with context.store.read() as reader:
            rows = list(verified(reader, name))
        bad = [row for row in rows if row["state"] != OK]
        limit_s = limit_of(asked.timeout)
        plan = None if here else context.read(distributing.held, name, asked.to)
        found = 0
        if plan is None or not plan.servers:
            context.out.list(columns.VERIFIED, rows)
        else:
            context.say(f"library: {counted(len(rows) - len(bad), 'file')} right, {len(bad)} wrong")
            step = distributing.verify_step(
                plan.package.name, rate_kbit=asked.rate, read_back=read_back, limit_s=limit_s
            )
            found = judged(context, plan, driven(context, plan, step, asked, []))
        if bad:
            raise IntegrityError(
                f"{counted(len(bad), 'file')} of `{name}` in the library are not what they should be",
                why=f"{bad[0]['path']}: {bad[0]['state']}",
                hint="itmsctl package import FILE puts them back",
            )
        return found
