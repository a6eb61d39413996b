"""Which content a package has, for those who put it on computers: what the signed catalogue names, and nothing else."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from itmsctl.cmdb.work import Reader
from itmsctl.errors import InputError, PlanChangedError
from itmsctl.packages.manifest import PackageManifest
from itmsctl.packages.service.library import library_of
from itmsctl.packages.service.packages import PACKAGES
from itmsctl.packages.service.trusted import checked_manifest
from itmsctl.values.untrusted import shell_arg


def chosen(reader: Reader, name: str, digest: str | None = None) -> tuple[PackageManifest, Callable[[str], Path]]:
    """Return the content of a package, and where its files stand. Where a digest is given, it must be that.

    Raises NotFoundError, InputError for a package that was never imported, PlanChangedError for one that has another
    content now, and what `checked_manifest` raises.
    """
    doc = PACKAGES.get(reader, name)
    if not doc.fields["manifest"]:
        hint = f"itmsctl package import FILE --name {shell_arg(name)}"
        raise InputError(f"the package `{name}` was declared, and nothing was imported for it", hint=hint)
    manifest = checked_manifest(reader, doc, reader.now)
    if digest not in {None, manifest.digest}:
        raise PlanChangedError(
            f"the package `{name}` has another content than when the run began; nothing was sent",
            hint=f"itmsctl package push {shell_arg(name)} begins a new run",
        )
    return manifest, library_of(reader).path
