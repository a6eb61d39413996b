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
    View(
        "v_package_copy",
        "one row a package and package server: how far the package is there",
        """SELECT p.guid AS package_guid, p.name AS package, s.guid AS server_guid, s.name AS server, c.state,
                  c.manifest, c.failures, c.next_at, c.sent_bytes, c.pulled_bytes, c.total_bytes, c.read_at,
                  c.arrived_at, c.checked_at, c.source, c.message, c.changed_at
           FROM package_copy c JOIN package p ON p.id = c.package_id JOIN site_server s ON s.id = c.server_id""",
        (
            ViewColumn("package_guid", "GUID of the package", Type.GUID),
            ViewColumn("package", "name of the package"),
            ViewColumn("server_guid", "GUID of the server", Type.GUID),
            ViewColumn("server", "name of the server"),
            ViewColumn("state", "copying, ready, claimed, doubted, failed, corrupt or removed"),
            ViewColumn("manifest", "SHA-256 of the manifest of the content that it is about"),
            ViewColumn("failures", "tries in a row that failed", Type.INT),
            ViewColumn("next_at", "when it is tried again", Type.TIME),
            ViewColumn("sent_bytes", "bytes that went there from the machine of the CMDB", Type.INT),
            ViewColumn("pulled_bytes", "bytes that the server took from another one", Type.INT),
            ViewColumn("total_bytes", "bytes of the package", Type.INT),
            ViewColumn("read_at", "when every byte last came back and matched", Type.TIME),
            ViewColumn("arrived_at", "when all of it was there for the first time", Type.TIME),
            ViewColumn("checked_at", "when it was last looked at", Type.TIME),
            ViewColumn("source", "server that it was taken from"),
            ViewColumn("message", "what came of it"),
            ViewColumn("changed_at", "when the row was written", Type.TIME),
        ),
    ),
)
