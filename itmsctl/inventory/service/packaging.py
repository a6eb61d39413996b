"""Stand-alone packages (INV-8): one file that writes the inventory of a computer that nothing of ours reaches."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from itmsctl.documents.files import replacing
from itmsctl.errors import InputError
from itmsctl.inventory import portions
from itmsctl.inventory.service import bundle


@dataclass(frozen=True)
class PackagePlan:
    """What a package is built with."""

    system: str = "unix"
    collect: Sequence[str] = ()
    classes: Sequence[str] = ()
    inbox: str = "."
    full_days: int = 30
    full_files: int = 100
    max_mib: float = 64.0
    nice: int = 10


def readme_of(plan: PackagePlan, name: str) -> str:
    """Return how a package is used, and how its files travel."""
    return bundle.package_readme(plan.system, name, plan.full_days, plan.full_files)


def package_of(plan: PackagePlan, name: str) -> bytes:
    """Return the package as the bytes of its file. Raises InputError."""
    if not 1 <= plan.full_days <= 3650 or not 1 <= plan.full_files <= 100_000:
        raise InputError("a full file comes after 1 to 3650 days and 1 to 100,000 files")
    if not 0.1 <= plan.max_mib <= 256:
        raise InputError("a file has at most 0.1 to 256 MiB", hint="--max-mib 64")
    names = portions.wanted(plan.collect, plan.classes)
    settings: Mapping[str, Any] = {
        "out": plan.inbox,
        "full_days": plan.full_days,
        "full_files": plan.full_files,
        "max_mib": plan.max_mib,
        "options": {"nice": plan.nice},
        "readme": readme_of(plan, name),
    }
    make = bundle.windows_package if plan.system == "windows" else bundle.unix_package
    return make(settings, tuple(sorted({*names, "identification"})))


def write_package(path: Path, data: bytes, *, force: bool = False) -> None:
    """Write a package that its owner may run. Raises OutputExistsError where a file stands there, unless `force`."""
    with replacing(path.expanduser(), 0o700, force=force) as stream:
        stream.write(data)
