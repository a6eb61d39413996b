"""The script that looks at what rules ask, on a computer, and prints what it found as lines of bounded length.

What it prints is told by `probe_form`; `answers` reads it.
"""

from __future__ import annotations

from collections.abc import Iterable

from itmsctl.errors import InputError
from itmsctl.packages.detection.rule import InventoryLeaf, Leaf, Rule, leaves

LINUX, WINDOWS, MACOS = "linux", "windows", "macos"


def asked_leaves(rules: Iterable[Rule]) -> tuple[Leaf, ...]:
    """Return what a probe of rules looks at, each once, in the order of its numbers: all but inventory."""
    found = (leaf for rule in rules for leaf in leaves(rule) if not isinstance(leaf, InventoryLeaf))
    return tuple(dict.fromkeys(found))


def probe(rules: Iterable[Rule], system: str) -> str:
    """Return the script for a system: PowerShell for `windows`, else POSIX sh, which busybox runs too.

    Raises InputError for a rule that the system cannot be asked.
    """
    asked = asked_leaves(rules)
    try:
        if system == WINDOWS:
            from itmsctl.packages.detection.probe_powershell import powershell

            return powershell(asked)
        from itmsctl.packages.detection.probe_sh import sh

        return sh(asked)
    except ValueError as error:
        raise InputError(f"the rule cannot be asked: {error}") from None
