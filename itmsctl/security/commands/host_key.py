"""The group `host-key`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

import typer

from itmsctl.cli import connection as over
from itmsctl.cli.context import Context
from itmsctl.cli.options import Confirm, DryRun, group, verb
from itmsctl.cli.prompts import confirm, confirm_many
from itmsctl.cli.selecting import ActingSelectors, ReadingSelectors
from itmsctl.errors import BlockoutError, HostKeyChangedError, ItmsError, worst
from itmsctl.security import columns, service
from itmsctl.security.pins import check_fingerprint
from itmsctl.security.via import Via
from itmsctl.values.counts import counted, one_only
from itmsctl.values.kind import Danger
from itmsctl.values.times import seconds

host_key_app = group("Know computers by their host keys: list, show, scan, accept, revoke.")

PARTLY, FAILED = 7, 8
WORKERS = 32


def _picked(context: Context, chosen: ActingSelectors) -> Sequence[int]:
    from itmsctl.resources.service import several

    picked = several.picked(context.store, chosen, chosen.listed(context), context.stdin, context.warn)
    return context.read(picked.ids)


@verb(host_key_app, "show", columns=columns.HOST_KEY)
def show(context: Context, chosen: ActingSelectors) -> None:
    """Show every key recorded for computers: pinned, retired, revoked.

    Example: itmsctl host-key show web1
    """
    ids = _picked(context, chosen)
    with context.store.read() as reader:
        context.out.list(columns.HOST_KEY, service.key_rows(reader, ids))


@verb(host_key_app, "list", columns=columns.HOST_KEY)
def list_keys(context: Context, chosen: ReadingSelectors) -> None:
    """List every key recorded for computers: of all of them, unless some are named or selected.

    Example: itmsctl host-key list --site rome
    """
    from itmsctl.resources.service.selection import ordered_ids, selected

    selection = selected(context.store, chosen, chosen.listed(context), context.stdin, context.warn)
    with context.store.read() as reader:
        context.out.list(columns.HOST_KEY, service.key_rows(reader, ordered_ids(reader, selection)))


@verb(host_key_app, "scan")
def scan(
    context: Context,
    chosen: ActingSelectors,
    accept: Annotated[bool, typer.Option("--accept", help="Pin what computers without a pin show.")] = False,
    port: over.Port = None,
    connect_timeout: over.ConnectTimeout = None,
) -> int:
    """Read host keys over the network, without logging in. Nothing is recorded unless --accept is given.

    A computer in a blockout is not contacted, and the exit status is 9.

    A scan proves nothing by itself: compare fingerprints with what the computers themselves say.

    Example: itmsctl host-key scan --site rome
    """
    ids = _picked(context, chosen)
    found = list(service.scan(context.store, ids, _via(port, connect_timeout), WORKERS))
    if accept:
        fresh = [(s.computer, s.key) for s in found if s.key is not None and s.known == "new"]
        pinned = context.write(service.accept_new, fresh)
        context.say(f"{pinned} host keys pinned")
    context.out.list(columns.SCAN, (s.as_dict() for s in sorted(found, key=lambda s: s.computer.name)))
    return _status(found)


def _status(found: Sequence[service.Scan]) -> int:
    held = {s.error.exit_status for s in found if isinstance(s.error, BlockoutError)}
    silent = sum(1 for s in found if s.error is not None)
    return worst(held | ({FAILED if silent == len(found) else PARTLY} if silent else set()))


@verb(host_key_app, "accept")
def accept(
    context: Context,
    chosen: ActingSelectors,
    fingerprint: Annotated[
        str | None, typer.Option("--fingerprint", metavar="SHA256:...", help="Accept only this key.")
    ] = None,
    given: Confirm = None,
    port: over.Port = None,
    connect_timeout: over.ConnectTimeout = None,
    dry_run: DryRun = False,
) -> int:
    """Pin the keys that computers show now; keys pinned before retire. Those that show none are left as they are.

    Examples:

      itmsctl host-key accept web1 --fingerprint SHA256:...

      itmsctl host-key accept --target reinstalled --max 20
    """
    wanted = check_fingerprint(fingerprint) if fingerprint is not None else None
    ids = _picked(context, chosen)
    one_only("computer", len(ids), fingerprint=fingerprint)
    found = list(service.scan(context.store, ids, _via(port, connect_timeout), WORKERS))
    seen = sorted(((s.computer, s.key) for s in found if s.key is not None), key=lambda pair: pair[0].name)
    for s in found:
        if s.error is not None and len(found) == 1:
            raise s.error
        if s.error is not None:
            context.warn(s.error.message)
    if wanted is None and seen:
        _confirm(context, seen, given)
    elif seen and wanted != seen[0][1].fingerprint:
        raise _differs(seen[0][0].name, str(wanted), seen[0][1].fingerprint)
    changes = context.write(service.accept_all, seen, dry_run=dry_run)
    for (known, key), change in zip(seen, changes, strict=True):
        context.done(f"{known.name}: {change.action}, pinned {key.key_type} {key.fingerprint}", dry_run=dry_run)
    return _status(found)


def _confirm(context: Context, seen: Sequence[tuple[service.Known, Any]], given: str | None) -> None:
    if len(seen) == 1:
        ((known, key),) = seen
        what = f"pin {key.key_type} {key.fingerprint} for {known.name}"
        confirm(context, Danger.MODERATE, what, known.name, given=given)
        return
    for known, key in seen:
        context.say(f"{known.name} shows {key.key_type} {key.fingerprint}")
    what = f"pin what {counted(len(seen), 'computer')} show"
    confirm_many(context, Danger.MODERATE, what, "computer", len(seen), given)


@verb(host_key_app, "revoke")
def revoke(
    context: Context,
    chosen: ActingSelectors,
    fingerprint: Annotated[str, typer.Argument(metavar="FINGERPRINT", help="SHA256:...")],
    dry_run: DryRun = False,
) -> None:
    """Revoke a key: a computer that shows it again is refused, for ever. Of several, those that have it are meant.

    Examples:

      itmsctl host-key revoke web1 SHA256:...

      itmsctl host-key revoke --all SHA256:...
    """
    ids = _picked(context, chosen)
    for known, change in context.write(service.revoke_all, ids, fingerprint, dry_run=dry_run):
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
