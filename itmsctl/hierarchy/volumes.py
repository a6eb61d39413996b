"""What is said of volumes, by their use: a letter or path, a RAID level, operations a second."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from itmsctl.errors import FieldError
from itmsctl.hierarchy.kinds import RAID_LEVELS, VOLUMES
from itmsctl.values.names import near_or_all
from itmsctl.values.naming import naming


def checked(name: str, given: Mapping[str, Any]) -> dict[str, Any]:
    """Return a map of uses, in their order, as it is stored. Raises FieldError for an unknown use or value."""
    for use in given:
        if use not in VOLUMES:
            hint = near_or_all(use, VOLUMES)
            raise FieldError(f"`{use}` is no use of a volume", hint=hint).about(name, use, key=True)
    found = {}
    for use in (use for use in VOLUMES if use in given):
        with naming(name, use):
            found[use] = _READ[name](use, given[use])
    return found


def _volume(use: str, value: Any) -> str:
    text = str(value).strip()
    if not text:
        raise FieldError(f"`{use}` has no volume", hint=f"--volume {use}=D:")
    return text


def _raid(use: str, value: Any) -> str:
    text = str(value).strip().lower().removeprefix("raid").strip(" -")
    if text not in RAID_LEVELS:
        raise FieldError(
            f"`{value}` is no RAID level of `{use}`", hint=f"--raid {use}=LEVEL, one of {', '.join(RAID_LEVELS)}"
        )
    return text


def _iops(use: str, value: Any) -> int:
    text = str(value).strip()
    if not (text.isascii() and text.isdigit() and 0 < int(text) < 2**31):
        raise FieldError(f"`{value}` is no number of operations a second of `{use}`", hint=f"--iops {use}=600")
    return int(text)


_READ: Mapping[str, Callable[[str, Any], Any]] = {"volumes": _volume, "raid": _raid, "iops": _iops}
