"""Whether the library holds what packages need, byte by byte (`package verify`, `doctor`)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from itmsctl.cmdb.doc import Doc
from itmsctl.cmdb.work import Reader
from itmsctl.errors import PackageHashError, PackageObjectMissingError
from itmsctl.packages.kinds import AWAITED
from itmsctl.packages.manifest import PackageFile
from itmsctl.packages.service.library import Library, library_of
from itmsctl.packages.service.packages import PACKAGES, manifest_of
from itmsctl.values.counts import counted
from itmsctl.values.findings import Finding, Severity
from itmsctl.values.untrusted import shell_arg

OK, DAMAGED, MISSING = "ok", "damaged", "missing"
_NAMED = 10


def verified(reader: Reader, name: str) -> Iterator[dict[str, Any]]:
    """Yield a row for each file of a package: whether the library holds its bytes, each of which is read.

    Raises NotFoundError, and PackageHashError or PackageObjectMissingError for its manifest.
    """
    manifest, library = manifest_of(reader, name), library_of(reader)
    for file in manifest.files:
        state, why = _state(library, file)
        yield {
            "package": manifest.name,
            "path": file.path,
            "size_bytes": file.size,
            "sha256": file.sha256,
            "state": state,
            "why": why,
        }


def _state(library: Library, file: PackageFile) -> tuple[str, str]:
    try:
        library.check(file.sha256)
    except PackageObjectMissingError as error:
        return MISSING, error.why
    except PackageHashError as error:
        return DAMAGED, error.why
    return OK, ""


def findings(reader: Reader) -> Iterator[Finding]:
    """Yield a finding for each package whose files the library does not hold whole (hook `doctor`).

    Sizes are compared, bytes are not read: `package verify` reads them.
    """
    library = library_of(reader)
    docs = [doc for doc in PACKAGES.list(reader) if doc.fields["manifest"] is not None]
    docs = [doc for doc in docs if doc.fields["state"] != AWAITED]
    bad = [(doc, why) for doc in docs if (why := _lack(library, doc))]
    for doc, why in bad[:_NAMED]:
        yield Finding(
            "PACKAGE-FILES",
            Severity.ERROR,
            f"package {doc.name}: {why}",
            f"the library is {library.root}",
            f"itmsctl package verify {shell_arg(doc.name)}; itmsctl package import FILE --name {shell_arg(doc.name)}",
            details={"package": doc.name},
        )
    if docs and not bad:
        yield Finding("PACKAGE-FILES", Severity.OK, f"the library holds the files of {counted(len(docs), 'package')}")


def _lack(library: Library, doc: Doc) -> str:
    try:
        manifest = library.manifest(doc.fields["manifest"])
    except (PackageHashError, PackageObjectMissingError) as error:
        return error.message
    for file in manifest.files:
        path = library.path(file.sha256)
        if not path.is_file():
            return f"`{file.path}` is not in the library"
        if path.stat().st_size != file.size:
            return f"`{file.path}` is damaged in the library: {path.stat().st_size} bytes, expected {file.size}"
    return ""
