"""The group `host-key`."""

from __future__ import annotations

from typing import Annotated

import typer

from itmsctl.cli import connection as over
from itmsctl.cli.complete import names_of
from itmsctl.cli.context import Context
from itmsctl.cli.options import All, DryRun, SelectorOptions, group, verb
from itmsctl.cli.prompts import confirm
from itmsctl.errors import BlockoutError, HostKeyChangedError, ItmsError, worst
from itmsctl.resources.service.selection import ComputerSelection, pick
from itmsctl.security import columns, service
from itmsctl.security.pins import check_fingerprint
from itmsctl.security.via import Via
from itmsctl.values.kind import Danger
from itmsctl.values.times import seconds

host_key_app = group("Know computers by their host keys: show, scan, accept, revoke.")

PARTLY, FAILED = 7, 8
WORKERS = 32
Computer = Annotated[
    str, typer.Argument(metavar="COMPUTER", help="Name of the computer.", autocompletion=names_of("computer"))
]


@verb(host_key_app, "show", columns=columns.HOST_KEY)
def show(context: Context, computer: Computer) -> None:
    """Show every key recorded for a computer: pinned, retired, revoked.

    Example: itmsctl host-key show web1
    """
    with context.store.read() as reader:
        known = service.computer(reader, computer)
        rows = service.keys_of(reader, [known.id]).get(known.id, [])
        context.out.list(columns.HOST_KEY, ({"computer": known.name, **row.as_dict()} for row in rows))


@verb(host_key_app, "scan")
def scan(
    context: Context,
    computers: Annotated[list[str], typer.Argument(metavar="COMPUTER", help="Names of computers.")] = [],
    *,
    by: SelectorOptions,
    everything: All = False,
    accept: Annotated[bool, typer.Option("--accept", help="Pin what computers without a pin show.")] = False,
    port: over.Port = None,
    connect_timeout: over.ConnectTimeout = None,
) -> int:
    """Read host keys over the network, without logging in. Nothing is recorded unless --accept is given.

    A computer in a blockout is not contacted, and the exit status is 9.

    A scan proves nothing by itself: compare fingerprints with what the computers themselves say.

    Example: itmsctl host-key scan --site rome
    """
    selection = ComputerSelection(by.where, by.labels, by.site, by.subnet, tuple(computers), everything)
    ids = context.read(pick, selection)
    found = list(service.scan(context.store, ids, _via(port, connect_timeout), WORKERS))
    if accept:
        fresh = [(s.computer, s.key) for s in found if s.key is not None and s.known == "new"]
        pinned = context.write(service.accept_new, fresh)
        context.say(f"{pinned} host keys pinned")
    context.out.list(columns.SCAN, (s.as_dict() for s in sorted(found, key=lambda s: s.computer.name)))
    held = {s.error.exit_status for s in found if isinstance(s.error, BlockoutError)}
    silent = sum(1 for s in found if s.error is not None)
    return worst(held | ({FAILED if silent == len(found) else PARTLY} if silent else set()))


@verb(host_key_app, "accept")
def accept(
    context: Context,
    computer: Computer,
    fingerprint: Annotated[
        str | None, typer.Option("--fingerprint", metavar="SHA256:...", help="Accept only this key.")
    ] = None,
    port: over.Port = None,
    connect_timeout: over.ConnectTimeout = None,
    dry_run: DryRun = False,
) -> None:
    """Pin the key that a computer shows now; the key pinned before retires.

    Example: itmsctl host-key accept web1 --fingerprint SHA256:...
    """
    wanted = check_fingerprint(fingerprint) if fingerprint is not None else None
    known = context.read(service.computer, computer)
    seen = next(iter(service.scan(context.store, [known.id], _via(port, connect_timeout), 1)))
    if seen.key is None:
        assert seen.error is not None
        raise seen.error
    if wanted is None:
        what = f"pin {seen.key.key_type} {seen.key.fingerprint} for {known.name}"
        confirm(context, Danger.MODERATE, what, known.name)
    elif wanted != seen.key.fingerprint:
        raise _differs(known.name, wanted, seen.key.fingerprint)
    change = context.write(service.accept, known, seen.key, "accept", dry_run=dry_run)
    context.done(f"{known.name}: {change.action}, pinned {seen.key.key_type} {seen.key.fingerprint}", dry_run=dry_run)


@verb(host_key_app, "revoke")
def revoke(
    context: Context,
    computer: Computer,
    fingerprint: Annotated[str, typer.Argument(metavar="FINGERPRINT", help="SHA256:...")],
    dry_run: DryRun = False,
) -> None:
    """Revoke a key of a computer: whoever shows it again is refused, for ever.

    Example: itmsctl host-key revoke web1 SHA256:...
    """
    known = context.read(service.computer, computer)
    change = context.write(service.revoke, known, fingerprint, dry_run=dry_run)
    context.done(f"{known.name}: {change.action}", dry_run=dry_run)


def _via(port: int | None, connect_timeout: str | None) -> Via:
    limit = None if connect_timeout is None else seconds(connect_timeout)
    return Via(transport="ssh", port=port, connect_timeout_s=limit)


def _differs(name: str, wanted: str, seen: str) -> ItmsError:
    return HostKeyChangedError(
        f"{name} does not show the key that was to be accepted; nothing was recorded",
        why=f"seen={seen} wanted={wanted}",
        hint="ask the computer itself: ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub",
        details={"seen": seen, "wanted": wanted},
    )
