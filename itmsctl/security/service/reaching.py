"""What `doctor --reach N` finds: whether a sample of computers answers, and with the key that is theirs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from itmsctl.cmdb.store import Store
from itmsctl.errors import BlockoutError
from itmsctl.resources.service.selection import ComputerSelection, ordered_ids
from itmsctl.security.service.scanning import Scan, scan
from itmsctl.security.via import Via
from itmsctl.values.findings import Finding, Severity
from itmsctl.values.untrusted import shell_arg


def reach(store: Store, sample: int) -> Iterator[Finding]:
    """Read the host keys of up to `sample` computers, taken evenly over all of them. Nobody logs in.

    Those in a blockout are left alone, and named.
    """
    with store.read() as reader:
        ids = spread(ordered_ids(reader, ComputerSelection(all=True)), sample)
    if not ids:
        yield Finding("REACH", Severity.INFO, "there is no computer to reach", "", "itmsctl computer import FILE")
        return
    for found in sorted(scan(store, ids, Via(), len(ids)), key=lambda s: s.computer.name):
        yield _finding(found)


def spread(ids: Sequence[int], count: int) -> list[int]:
    """Return `count` of these ids (or all, where there are fewer), evenly apart; the same ones each time."""
    if len(ids) <= count:
        return list(ids)
    return [ids[number * len(ids) // count] for number in range(count)]


def _finding(found: Scan) -> Finding:
    name = found.computer.name
    if isinstance(found.error, BlockoutError):
        return Finding("REACH", Severity.INFO, found.error.message, found.error.why, found.error.hint)
    if found.error is not None:
        mend = found.error.hint or f"itmsctl computer show {shell_arg(name)}"
        return Finding("REACH", Severity.WARNING, f"{name} cannot be reached", found.error.message, mend)
    if found.known == "pinned":
        return Finding("REACH", Severity.OK, f"{name} answers with its pinned host key")
    fingerprint = found.key.fingerprint if found.key else ""
    accept = f"itmsctl host-key accept {shell_arg(name)} --fingerprint {fingerprint}"
    if found.known == "new":
        cause = "its key is not pinned yet, or not this one; compare it with what the computer itself says"
        return Finding("REACH", Severity.INFO, f"{name} answers with {fingerprint}", cause, accept)
    return Finding("REACH", Severity.ERROR, f"{name} answers with a {found.known} host key", fingerprint, accept)
