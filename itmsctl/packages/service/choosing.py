"""Which content a package has, for those who put it on computers."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import sqlalchemy as sa

from itmsctl.cmdb.work import Reader
from itmsctl.errors import InputError, NotFoundError
from itmsctl.packages.manifest import PackageManifest
from itmsctl.packages.rows import packages
from itmsctl.packages.service.library import library_of
from itmsctl.values.untrusted import shell_arg


def chosen(reader: Reader, name: str, digest: str | None = None) -> tuple[PackageManifest, Callable[[str], Path]]:
    """Return the content of a package, that of the digest where one is given, and where its files stand.

    Raises NotFoundError, InputError for a package that was never imported, and what the library raises.
    """
    if digest is None:
        row = reader.connection.execute(sa.select(packages.c.manifest).where(packages.c.name == name)).first()
        if row is None:
            raise NotFoundError(f"there is no package `{name}`", hint="itmsctl package list")
        if not row.manifest:
            hint = f"itmsctl package import FILE --name {shell_arg(name)}"
            raise InputError(f"the package `{name}` was declared, and nothing was imported for it", hint=hint)
        digest = str(row.manifest)
    library = library_of(reader)
    key = f"package manifest {digest}"
    if key not in reader.memo:
        reader.memo[key] = library.manifest(digest)
    manifest: PackageManifest = reader.memo[key]
    return manifest, library.path
