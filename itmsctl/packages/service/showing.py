"""What `package show` says beside the fields: the files of a package, and its contents that are kept."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from itmsctl.cmdb.doc import Doc
from itmsctl.cmdb.work import Reader
from itmsctl.errors import PackageHashError, PackageObjectMissingError
from itmsctl.packages.service.library import library_of
from itmsctl.packages.service.packages import revisions_of

_SHOWN = 50  # files


def sections(reader: Reader, doc: Doc) -> Mapping[str, Any]:
    """Return the files of a package, the first of them, and its contents."""
    kept = ("number", "version", "manifest", "size_bytes", "imported_at")
    found: dict[str, Any] = {
        "revisions": [{name: getattr(row, name) for name in kept} for row in revisions_of(reader, doc.id)]
    }
    if doc.fields["manifest"] is None:
        return found
    try:
        manifest = library_of(reader).manifest(doc.fields["manifest"])
    except (PackageHashError, PackageObjectMissingError) as error:
        return found | {"files": [{"path": "", "size_bytes": None, "sha256": error.message}]}
    files = [{"path": one.path, "size_bytes": one.size, "sha256": one.sha256} for one in manifest.files[:_SHOWN]]
    return {"files": files} | found
