"""`schedule install`: the one line that drives everything."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from itmsctl.cli.context import Context
from itmsctl.errors import UsageError
from itmsctl.policies.entry import InstalledEntry
from itmsctl.values.times import seconds

_PASSPHRASE = "ITMSCTL_PASSPHRASE_FILE"  # noqa: S105 - the name of a variable
_KEPT = ("XDG_DATA_HOME", "XDG_STATE_HOME", "XDG_CONFIG_HOME")  # where the database, marks and settings are found


def install(
    context: Context,
    cron: Annotated[bool, typer.Option("--cron", help="As one line of cron.")] = False,
    systemd: Annotated[bool, typer.Option("--systemd", help="As a service and a timer of systemd.")] = False,
    user: Annotated[str | None, typer.Option("--user", metavar="U", help="As whom it runs; root only.")] = None,
    passphrase_file: Annotated[
        str | None, typer.Option("--passphrase-file", metavar="FILE", help="File that unlocks the vault.")
    ] = None,
    max_runtime: Annotated[str, typer.Option("--max-runtime", metavar="TIME", help="See `schedule tick`.")] = "55s",
    name: Annotated[str, typer.Option("--name", metavar="NAME", help="Another name, for another CMDB.")] = "itmsctl",
    show: Annotated[bool, typer.Option("--print", help="Only show it: write nothing.")] = False,
    remove: Annotated[bool, typer.Option("--remove", help="Take it away.")] = False,
) -> None:
    """Let cron or systemd call `schedule tick` every minute. As root for the machine, else for yourself.

    Examples:

      itmsctl schedule install --cron

      itmsctl schedule install --systemd --print
    """
    from itmsctl.policies.service import installing as service

    system = os.geteuid() == 0
    if cron is systemd:
        raise UsageError("by cron or by systemd?", hint="--cron or --systemd")
    if user is not None and not system:
        raise UsageError("only root installs for another user", hint="leave --user out, or use sudo")
    secret = None if passphrase_file is None or remove else service.passphrase_file(passphrase_file)
    seconds(max_runtime)
    db = _database(context, user)
    service.refuse_secret(db)
    environment = {n: context.environment[n] for n in _KEPT if context.environment.get(n, "").startswith("/")}
    if cron and secret is not None:
        environment[_PASSPHRASE] = secret
    entry = InstalledEntry(sys.executable, name, db, user, max_runtime, environment)
    folder = service.unit_folder(context.config_folder, system=system)
    if show:
        _show(context, entry, secret, cron=cron, system=system)
    elif cron:
        put = service.remove_cron if remove else service.install_cron
        context.say(f"{name}: {put(entry, context.environment, system=system)} (cron)")
    else:
        done = (
            service.remove_units(entry, folder)
            if remove
            else service.install_units(entry, secret, folder, system=system)
        )
        context.say(f"{name}: {done} in {folder}")
        control = "systemctl" if system else "systemctl --user"
        then = f"{control} enable --now {name}-tick.timer"
        context.say(f"next: {control} daemon-reload" + ("" if remove else f" && {then}"))


def _show(context: Context, entry: InstalledEntry, secret: str | None, *, cron: bool, system: bool) -> None:
    from itmsctl.policies.service import installing as service

    if cron:
        context.out.line(service.cron_text(entry, system=system).rstrip("\n"))
        return
    for file, text in service.unit_texts(entry, secret, system=system).items():
        context.out.line(f"# {file}\n{text}")


def _database(context: Context, user: str | None) -> str | None:
    """Return the database that the line has to name: a file by its full path, none where it is the default."""
    value, origin = context.option("db")
    if value is None or (origin.endswith(".toml") and user is None):
        return None
    return value if "://" in value else str(Path(value).expanduser().absolute())
