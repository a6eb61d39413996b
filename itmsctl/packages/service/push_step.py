"""From what was typed to the step that pushes a package."""

from __future__ import annotations

from itmsctl.cmdb.work import Reader
from itmsctl.errors import NotFoundError
from itmsctl.packages.action import ACTION
from itmsctl.packages.service.choosing import chosen
from itmsctl.tasks.service.tasks import MAX_TIME_LIMIT_S, check_time_limit
from itmsctl.tasks.step import Step
from itmsctl.values.names import near_or_all

_SLOWEST = 100_000  # bytes a second for which a step leaves time


def limit_with(seconds: float, size: int) -> float:
    """Return the time limit of a step that takes so many seconds, and brings so many bytes: at most a week."""
    return check_time_limit(min(seconds + size / _SLOWEST, MAX_TIME_LIMIT_S))


def step_of(reader: Reader, name: str, given: dict[str, str], run_as: str | None) -> Step:
    """Return the step, which keeps the content of the package as it is now; `given` are arguments of its kind.

    Raises InputError, NotFoundError for a package or a program that is not known, and what the library raises.
    """
    manifest, _ = chosen(reader, name)
    arguments = ACTION.written({"package": name, "manifest": manifest.digest, **given})
    typed = ACTION.typed(arguments)
    if typed["limit"] is not None:
        check_time_limit(typed["limit"])
    limit_s, user = 0.0, run_as
    if not typed["stage"]:
        program = manifest.program(typed["program"])
        if program is None:
            known = [one.name for one in manifest.programs]
            hint = near_or_all(typed["program"], known) if known else "--stage only puts it there"
            raise NotFoundError(f"the package `{name}` has no program `{typed['program']}`", hint=hint)
        limit_s, user = typed["limit"] or program.limit_s, run_as or program.run_as
    return Step(
        ACTION.name,
        ACTION.name,
        arguments=arguments,
        run_as=user,
        time_limit_s=limit_with(limit_s + 600.0, manifest.size),
    )
