"""A package server that is to be made, and what the CMDB learns of one that was."""

from __future__ import annotations

import sqlalchemy as sa

from itmsctl.cmdb.doc import Doc
from itmsctl.cmdb.work import Reader, UnitOfWork
from itmsctl.errors import InputError
from itmsctl.packages.preparing import LIMIT_S, PROGRAM, Preparation
from itmsctl.sites.estate import PACKAGE
from itmsctl.sites.package_places import FOLDER
from itmsctl.sites.rows import server as servers
from itmsctl.sites.service.server import SERVERS
from itmsctl.targeting.service.connections import connection_rows
from itmsctl.tasks.step import Step
from itmsctl.values.untrusted import shell_arg

__all__ = ["FOLDER", "learned", "package_server", "step_of"]


def package_server(reader: Reader, name: str) -> Doc:
    """Return a server that keeps packages. Raises NotFoundError, InputError."""
    server = SERVERS.get(reader, name)
    if PACKAGE not in server.fields["services"]:
        hint = f"itmsctl server set {shell_arg(server.name)} --add-service package"
        raise InputError(f"server `{server.name}` does not host the package service", hint=hint)
    return server


def step_of(wanted: Preparation, run_as: str | None) -> Step:
    """Return the step that prepares a server. Raises InputError."""
    return Step(
        "server prepare",
        "script",
        PROGRAM.lstrip("\n"),
        environment=dict(wanted.environment()),
        run_as=run_as,
        time_limit_s=LIMIT_S,
        idempotent=True,
    )


def learned(unit: UnitOfWork, server: Doc, wanted: Preparation, url: str | None) -> None:
    """Record the folder of a server that was prepared, and its URL: the one given, or that of its web server."""
    changes: dict[str, object] = {}
    if wanted.folder != (server.fields["folder"] or FOLDER):
        changes["folder"] = wanted.folder
    found = url or _url(unit, server, wanted)
    if found is not None and found not in (server.fields["urls"] or []):
        changes["urls"] = [*(server.fields["urls"] or []), found]
    if changes:
        SERVERS.set(unit, server.name, changes)


def _url(reader: Reader, server: Doc, wanted: Preparation) -> str | None:
    if wanted.port is None:
        return None
    on = reader.scalar(sa.select(servers.c.computer_id).where(servers.c.id == server.id))
    row = next(iter(connection_rows(reader, [on])), None)
    ways = [] if row is None else [row.management_address, *row.addresses]
    address = next((one for one in ways if one), server.name)
    return f"http://{f'[{address}]' if ':' in address else address}:{wanted.port}"
