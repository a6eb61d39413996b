"""The blast-radius guard: how many computers a run may touch without being confirmed (OP8)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from itmsctl.errors import SizeGuardError

SITE_SHARE = 0.5


@dataclass(frozen=True, slots=True)
class Radius:
    """What a run would touch. `sites` maps a site to (touched, all); `protected` names computers tagged `protected`."""

    computers: int
    sites: Mapping[str, tuple[int, int]]
    protected: tuple[str, ...] = ()


def reasons(radius: Radius, *, guard_max: int, destructive: bool) -> list[str]:
    """Answer why a run wants to be confirmed; an empty list lets it pass.

    Any run above `guard_max` computers does. A destructive one also does where it touches more than half of a site's
    computers (of a site that has more than one), or a computer tagged `protected`.
    """
    found = []
    if radius.computers > guard_max:
        found.append(f"it touches {radius.computers} computers, and the guard is {guard_max}")
    if destructive:
        for site, (touched, whole) in sorted(radius.sites.items()):
            if whole > 1 and touched > whole * SITE_SHARE:
                found.append(f"it is destructive and touches {touched} of {whole} computers of site `{site}`")
        if radius.protected:
            shown = ", ".join(f"`{name}`" for name in radius.protected[:5])
            more = f" and {len(radius.protected) - 5} more" if len(radius.protected) > 5 else ""
            found.append(f"it is destructive and touches protected computers: {shown}{more}")
    return found


def confirmation(name: str, count: int) -> str:
    """Answer what `--confirm` has to say: the name of the task and the number of computers."""
    return f"{name}:{count}"


def check(name: str, radius: Radius, given: str | None, *, guard_max: int, destructive: bool) -> None:
    """Let a run pass, or refuse it before anything is written or sent.

    Raises SizeGuardError with the exact `--confirm` that would let it pass.
    """
    found = reasons(radius, guard_max=guard_max, destructive=destructive)
    wanted = confirmation(name, radius.computers)
    if found and given != wanted:
        said = f"; --confirm says `{given}`" if given is not None else ""
        raise SizeGuardError(
            f"`{name}` was not started: {found[0]}{said}",
            why="; ".join(found[1:]),
            hint=f"narrow the selection, or add --confirm {_quoted(wanted)}",
            details={"computers": radius.computers, "guard_max": guard_max, "reasons": found},
        )


def _quoted(text: str) -> str:
    return f"'{text}'" if " " in text else text
