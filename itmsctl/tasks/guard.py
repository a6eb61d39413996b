"""The blast-radius guard: how many computers a run may touch without being confirmed (OP8)."""

from __future__ import annotations

from collections.abc import Mapping

from itmsctl.errors import PlanChangedError, SizeGuardError
from itmsctl.values.lean import dataclass
from itmsctl.values.untrusted import shell_arg

SITE_SHARE = 0.5


@dataclass(frozen=True)
class Radius:
    """What a run would touch. `sites` maps a site to (touched, all); `protected` names computers that want care.

    `estate` is how many computers there are, counted for destructive runs only.
    """

    computers: int
    sites: Mapping[str, tuple[int, int]]
    protected: tuple[str, ...] = ()
    estate: int = 0


def reasons(radius: Radius, *, guard_max: int, destructive: bool) -> list[str]:
    """Return why a run has to be confirmed; an empty list lets it pass.

    Any run above `guard_max` computers does. A destructive one also does where it touches more than half of all
    computers or of a site's (where there is more than one), or a protected one: a site server, the machine of the CMDB,
    or a computer tagged `protected`.
    """
    found = []
    if radius.computers > guard_max:
        found.append(f"it touches {radius.computers} computers, and the guard is {guard_max}")
    if destructive:
        if radius.estate > 1 and radius.computers > radius.estate * SITE_SHARE:
            found.append(f"it is destructive and touches {radius.computers} of all {radius.estate} computers")
        for site, (touched, whole) in sorted(radius.sites.items()):
            if whole > 1 and touched > whole * SITE_SHARE:
                found.append(f"it is destructive and touches {touched} of {whole} computers of site `{site}`")
        if radius.protected:
            shown = ", ".join(f"`{name}`" for name in radius.protected[:5])
            more = f" and {len(radius.protected) - 5} more" if len(radius.protected) > 5 else ""
            found.append(f"it is destructive and touches protected computers: {shown}{more}")
    return found


def confirmation(name: str, count: int) -> str:
    """Return what `--confirm` has to say: the name of the task and the number of computers."""
    return f"{name}:{count}"


def check(name: str, radius: Radius, given: str | None, *, guard_max: int, destructive: bool) -> None:
    """Let a run pass, or refuse it before anything is written or sent.

    Raises SizeGuardError with the exact `--confirm` that would let it pass, PlanChangedError where the confirmation is
    of another number of computers than there are now.
    """
    found = reasons(radius, guard_max=guard_max, destructive=destructive)
    wanted = confirmation(name, radius.computers)
    if given is not None and given != wanted and _name_of(given) == name:
        raise PlanChangedError(
            f"`{name}` was not started: {given.rpartition(':')[2]} computers were confirmed, "
            f"and now there are {radius.computers}",
            hint="look again with --dry-run, then confirm what you see",
            details={"confirmed": given, "computers": radius.computers},
        )
    if found and given != wanted:
        said = f"; --confirm says `{given}`" if given is not None else ""
        raise SizeGuardError(
            f"`{name}` was not started: {found[0]}{said}",
            why="; ".join(found[1:]),
            hint=f"narrow the selection, or add --confirm {shell_arg(wanted)}",
            details={"computers": radius.computers, "guard_max": guard_max, "reasons": found},
        )


def _name_of(given: str) -> str:
    name, _, count = given.rpartition(":")
    return name if count.isdigit() else ""
