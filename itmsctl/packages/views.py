"""Documented views of packages."""

from __future__ import annotations

from itmsctl.packages.kinds import PACKAGE
from itmsctl.values.kind import Type
from itmsctl.values.view import View, ViewColumn, view_of

VIEWS = (
    view_of(PACKAGE),
    View(
        "v_package_revision",
        "one row a content of a package: the present one, and former ones that are kept",
        """SELECT p.guid AS package_guid, p.name AS package, r.number, r.version, r.manifest, r.size_bytes,
                  r.imported_at
           FROM package_revision r JOIN package p ON p.id = r.package_id""",
        (
            ViewColumn("package_guid", "GUID of the package", Type.GUID),
            ViewColumn("package", "name of the package"),
            ViewColumn("number", "number of the content, from 1", Type.INT),
            ViewColumn("version", "its version"),
            ViewColumn("manifest", "SHA-256 of its manifest"),
            ViewColumn("size_bytes", "bytes of its files", Type.INT),
            ViewColumn("imported_at", "when it came", Type.TIME),
        ),
    ),
)
