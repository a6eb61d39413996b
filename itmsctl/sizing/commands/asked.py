"""What `recommend` and `report` are asked alike: the numbers to size, or the CMDB as it stands."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer

from itmsctl.cli.context import Context
from itmsctl.errors import UsageError
from itmsctl.values.times import seconds

_T = TypeVar("_T")
_HEAVY = {None: None, "heavy": True, "normal": False}


@dataclass(frozen=True, kw_only=True)
class SizingInputs:
    """What is to be sized: numbers, or the CMDB as it is, or as plan files would make it."""

    file: Annotated[
        list[str] | None,
        typer.Option("--file", "-f", metavar="FILE|DIR", help="As if these documents were applied; - is stdin."),
    ] = None
    endpoints: Annotated[
        int | None, typer.Option("--endpoints", metavar="N", help="Computers to manage. Default: as the CMDB stands.")
    ] = None
    sites: Annotated[
        str | None,
        typer.Option("--sites", metavar="FILE", help="CSV: name,endpoints[,task,package,boot]; - is standard input."),
    ] = None
    management_servers: Annotated[
        int | None, typer.Option("--management-servers", metavar="N", help="Share them between so many servers.")
    ] = None
    parent: Annotated[
        bool | None, typer.Option("--parent/--no-parent", help="It is the parent of a hierarchy.", show_default=False)
    ] = None
    on_box: Annotated[
        bool | None,
        typer.Option("--on-box/--off-box", help="The database is on the same machine.", show_default=False),
    ] = None
    consoles: Annotated[
        int | None, typer.Option("--consoles", metavar="N", help="Console sessions of managers at once.")
    ] = None
    asset_consoles: Annotated[
        int | None, typer.Option("--asset-consoles", metavar="N", help="Console sessions of asset managers at once.")
    ] = None
    tasks: Annotated[
        str | None, typer.Option("--tasks", metavar="LOAD", help="How much tasks are used: heavy|normal.")
    ] = None
    deployment: Annotated[
        bool | None,
        typer.Option("--deployment/--no-deployment", help="Computers boot from the network.", show_default=False),
    ] = None
    gateway_agents: Annotated[
        int | None, typer.Option("--gateway-agents", metavar="N", help="Agents that come over the internet.")
    ] = None
    gateway_concurrent: Annotated[
        int | None, typer.Option("--gateway-concurrent", metavar="N", help="How many of them at once.")
    ] = None
    virtual: Annotated[
        bool | None, typer.Option("--virtual/--physical", help="Gateways are virtual machines.", show_default=False)
    ] = None
    interval: Annotated[
        str | None, typer.Option("--interval", metavar="TIME", help="How often agents ask. Default: as the band says.")
    ] = None
    growth: Annotated[float | None, typer.Option("--growth", metavar="PCT", help="Growth a year, in percent.")] = None
    years: Annotated[int | None, typer.Option("--years", metavar="N", help="How many years ahead.")] = None
    rules: Annotated[
        str | None, typer.Option("--rules", metavar="FILE", help="YAML: your own numbers over those of the guide.")
    ] = None


def numbers_of(context: Context, inputs: SizingInputs) -> Any:
    """Return the numbers, with the overlay that was named. Raises UsageError for two readers of standard input."""
    from itmsctl.sizing.service.numbers import numbers_with

    rules = inputs.rules
    asked: dict[str, Sequence[str | None]] = {
        "--file": inputs.file or [],
        "--sites": [inputs.sites],
        "--rules": [rules],
    }
    readers = [name for name, paths in asked.items() if "-" in paths]
    if len(readers) > 1:
        raise UsageError(f"standard input cannot be both {' and '.join(readers)}", hint="name a file for one of them")
    return numbers_with(None if rules is None else Path(rules), _stdin(context))


def requests_of(context: Context, inputs: SizingInputs) -> Any:
    """Return what is to be sized. Raises UsageError for words that an option does not take."""
    from itmsctl.sizing.service import inputs as service

    given = wishes_of(inputs)
    if is_of_cmdb(inputs):
        from itmsctl.sizing.service.recorded import of_cmdb

        return of_design(context, inputs, lambda reader: of_cmdb(reader, given))
    sites = inputs.sites
    source = _stdin(context) if sites == "-" else Path(sites or "")
    return service.of_numbers(inputs.endpoints, service.read_sites(source) if sites else (), given)


def is_of_cmdb(inputs: SizingInputs) -> bool:
    """Return whether the CMDB, or what files would make of it, says what is to be sized; else numbers do.

    Raises UsageError where both do.
    """
    given = [name for name in ("endpoints", "sites") if getattr(inputs, name) is not None]
    if given and inputs.file:
        raise UsageError(f"--file and --{given[0]} contradict each other", hint="size a design, or numbers")
    return not given


def source_of(inputs: SizingInputs) -> str:
    """Say where the design comes from."""
    if is_of_cmdb(inputs):
        return "plan files over the CMDB" if inputs.file else "the CMDB as it stands"
    return "numbers given on the command line"


def of_design(context: Context, inputs: SizingInputs, use: Callable[[Any], _T]) -> _T:
    """Return what is asked of the CMDB as it stands, or as plan files would make it; nothing is written."""
    if not inputs.file:
        return context.read(use)
    from itmsctl.sizing.service.designed import once_applied

    return once_applied(context.store, plan_files(context, inputs.file), use)


def plan_files(context: Context, paths: list[str]) -> Any:
    """Return plan files as they are asked of: where `-` is read from, and who applies them."""
    from itmsctl.sizing.service.designed import PlanFiles

    return PlanFiles(paths, _stdin(context), str(context.actor().name).partition("@")[0])


def wishes_of(inputs: SizingInputs) -> dict[str, Any]:
    """Return the fields of a request that were given. Raises UsageError, InputError."""
    tasks = inputs.tasks
    if tasks not in _HEAVY:
        raise UsageError(f"--tasks does not know `{tasks}`", hint="heavy or normal")
    wishes = {
        "management_servers": inputs.management_servers,
        "parent": inputs.parent,
        "on_box": inputs.on_box,
        "consoles": inputs.consoles,
        "asset_consoles": inputs.asset_consoles,
        "deployment": inputs.deployment,
        "gateway_agents": inputs.gateway_agents,
        "gateway_concurrent": inputs.gateway_concurrent,
        "virtual": inputs.virtual,
        "years": inputs.years,
        "heavy_tasks": _HEAVY[tasks],
        "growth_pct": inputs.growth,
        "interval_h": None if inputs.interval is None else seconds(inputs.interval) / 3600,
    }
    return {name: value for name, value in wishes.items() if value is not None}


def _stdin(context: Context) -> Any:
    return getattr(context.stdin, "buffer", sys.stdin.buffer)
