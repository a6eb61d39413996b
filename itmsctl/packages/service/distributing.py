"""Copying a package to servers as a run of the run engine: waves, windows, blockouts, credentials and results are its.

Servers that are unconstrained come first; constrained ones follow, for they take from those (PKG-8, PKG-10).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from itmsctl.cmdb.doc import Doc
from itmsctl.cmdb.work import Reader, UnitOfWork
from itmsctl.errors import InputError, NotFoundError
from itmsctl.packages.copy_tasks import COPY, EVERY, VERIFY
from itmsctl.packages.service import copy_states, stale_copies
from itmsctl.packages.service.copy_jobs import package_servers
from itmsctl.packages.service.packages import PACKAGES
from itmsctl.sites.rows import server as servers
from itmsctl.tasks.options import RunOptions
from itmsctl.tasks.rows import members
from itmsctl.tasks.service.guarding import picked
from itmsctl.tasks.service.runs import Picked
from itmsctl.tasks.service.tasks import check_time_limit
from itmsctl.tasks.step import Step
from itmsctl.values.untrusted import shell_arg


@dataclass(frozen=True, slots=True)
class CopyPlan:
    """Package servers in their order, and the computers that they are; `package` is what goes to them, or the first."""

    package: Doc
    servers: tuple[Doc, ...]
    computers: tuple[Picked, ...]

    @property
    def free(self) -> int:
        """Return how many of the servers are unconstrained."""
        return sum(not doc.fields["constrained"] for doc in self.servers)

    def options(self, *, ignore_windows: bool = False) -> RunOptions:
        """Return how the run goes: one wave where all servers are alike, else the constrained ones in a second."""
        if not 0 < self.free < len(self.servers):
            return RunOptions(ignore_windows=ignore_windows)
        return RunOptions(batch=f"{self.free},100%", gate_success=0.0, ignore_windows=ignore_windows)


def distribution(reader: Reader, name: str, only: Sequence[str]) -> CopyPlan:
    """Return a package with the servers that it goes to: those named, else all package servers (PKG-4).

    Raises NotFoundError, InputError for a package without files and a server that keeps no packages.
    """
    package = PACKAGES.get(reader, name)
    if not package.fields["manifest"]:
        hint = f"itmsctl package import FILE --name {shell_arg(package.name)}"
        raise InputError(f"package `{package.name}` has no files yet", hint=hint)
    hosts = _hosts(reader, only)
    if not hosts:
        hint = "itmsctl server add COMPUTER --service package"
        raise NotFoundError("there is no package server", hint=hint, details={"kind": "server"})
    return CopyPlan(package, *_reached(reader, hosts))


def held(reader: Reader, name: str, only: Sequence[str]) -> CopyPlan:
    """Return a package with the servers that have it as far as is known, of those named or of all.

    Raises NotFoundError, InputError.
    """
    package = PACKAGES.get(reader, name)
    if not package_servers(reader):
        return CopyPlan(package, (), ())
    plan = distribution(reader, name, only)
    having = copy_states.having(reader, package)
    pairs = [(doc, one) for doc, one in zip(plan.servers, plan.computers, strict=True) if doc.id in having]
    return CopyPlan(package, tuple(doc for doc, _ in pairs), tuple(one for _, one in pairs))


def to_prune(reader: Reader, only: Sequence[str]) -> CopyPlan | None:
    """Return the servers that hold what no package needs any more, of those named or of all; None where none does.

    Raises NotFoundError, InputError.
    """
    holding = stale_copies.on_servers(reader)
    hosts, computers = _reached(reader, [doc for doc in _hosts(reader, only) if doc.id in holding])
    return CopyPlan(hosts[0], hosts, computers) if hosts else None


def server_alone(reader: Reader, server: Doc) -> CopyPlan:
    """Return a server and its computer, without a package: it stands for itself."""
    (computer,) = picked(reader, list(_computers(reader, [server]).values()))
    return CopyPlan(server, (server,), (computer,))


def _hosts(reader: Reader, only: Sequence[str]) -> list[Doc]:
    """Return the package servers, or those of them that are named. Raises NotFoundError, InputError."""
    from itmsctl.sites.service.server import SERVERS

    hosts = package_servers(reader)
    if not only:
        return hosts
    wanted = [SERVERS.get(reader, name) for name in only]
    known = {doc.id for doc in hosts}
    for doc in wanted:
        if doc.id not in known:
            hint = f"itmsctl server set {shell_arg(doc.name)} --service package"
            raise InputError(f"server `{doc.name}` keeps no packages", hint=hint)
    ids = {doc.id for doc in wanted}
    return [doc for doc in hosts if doc.id in ids]


def _reached(reader: Reader, hosts: Sequence[Doc]) -> tuple[tuple[Doc, ...], tuple[Picked, ...]]:
    """Return the servers whose computers can be picked, and these computers, in the same order."""
    ids = _computers(reader, hosts)
    found = {one.id: one for one in picked(reader, list(ids.values()))}
    reached = tuple(doc for doc in hosts if ids.get(doc.id) in found)
    return reached, tuple(found[ids[doc.id]] for doc in reached)


def _computers(reader: Reader, hosts: Sequence[Doc]) -> dict[int, int]:
    chosen = sa.select(servers.c.id, servers.c.computer_id).where(servers.c.id.in_([doc.id for doc in hosts]))
    return {row.id: row.computer_id for row in reader.connection.execute(chosen)}


def copy_step(
    package: str, *, rate_kbit: int | None, claimed: bool, remove: bool, due: bool = False, limit_s: float | None = None
) -> Step:
    """Return the step that copies. Raises InputError."""
    given = {"package": package, "claimed": _flag(claimed), "remove": _flag(remove), "due": _flag(due)}
    return _step(COPY, given, rate_kbit, limit_s)


def prune_step(limit_s: float | None = None) -> Step:
    """Return the step that removes what no package needs any more. Raises InputError."""
    return _step(COPY, {"package": EVERY, "prune": _flag(value=True)}, None, limit_s)


def verify_step(package: str, *, rate_kbit: int | None, read_back: bool, limit_s: float | None = None) -> Step:
    """Return the step that checks. Raises InputError."""
    return _step(VERIFY, {"package": package, "read_back": _flag(read_back)}, rate_kbit, limit_s)


def _step(kind: Any, given: Mapping[str, str], rate_kbit: int | None, limit_s: float | None) -> Step:
    said = {**given, **({"rate_kbit": str(rate_kbit)} if rate_kbit is not None else {})}
    limit = kind.time_limit_s if limit_s is None else check_time_limit(limit_s)
    return Step(kind.name, kind.name, arguments=kind.written(said), time_limit_s=limit, idempotent=True)


def _flag(value: bool) -> str:
    return "yes" if value else "no"


def settle(unit: UnitOfWork, asked: CopyPlan, run_guid: str | None) -> None:
    """Say of servers that were not come to that the copy failed, with what the run says of them."""
    said: dict[int, str] = {}
    if run_guid is not None:
        from itmsctl.tasks.service.runs import find_run

        run = find_run(unit, run_guid)
        rows = unit.connection.execute(
            sa.select(members.c.computer_id, members.c.state, members.c.message).where(members.c.run_id == run.id)
        )
        by_computer = {row.computer_id: row.message or f"it is {row.state}" for row in rows}
        said = {
            doc.id: by_computer.get(computer.id, "")
            for doc, computer in zip(asked.servers, asked.computers, strict=True)
        }
    copy_states.settle(unit, asked.package, asked.servers, said)
