"""The tables of the room `packages`, as statements use them."""

from __future__ import annotations

from itmsctl.cmdb.nouns import table, table_of
from itmsctl.packages.kinds import PACKAGE
from itmsctl.values.column import TableColumn, keys

packages = table_of(PACKAGE)
revisions = table(
    "package_revision",
    TableColumn("package_id", "int", key=True, ref="package.id", cascade=True),
    *keys("number"),
    TableColumn("manifest"),
    TableColumn("version", null=True),
    TableColumn("size_bytes", "big"),
    TableColumn("proposed", "json", null=True),
    TableColumn("imported_at", "time"),
)
copies = table(
    "package_copy",
    TableColumn("server_id", "int", key=True, ref="site_server.id", cascade=True),
    TableColumn("package_id", "int", key=True, ref="package.id", cascade=True),
    TableColumn("manifest"),
    TableColumn("state"),
    TableColumn("failures", "int"),
    TableColumn("next_at", "time", null=True),
    TableColumn("sent_bytes", "big"),
    TableColumn("pulled_bytes", "big"),
    TableColumn("total_bytes", "big"),
    TableColumn("read_at", "time", null=True),
    TableColumn("arrived_at", "time", null=True),
    TableColumn("checked_at", "time", null=True),
    TableColumn("source", null=True),
    TableColumn("message", null=True),
    TableColumn("owner", null=True),
    TableColumn("changed_at", "time"),
)
stale = table(
    "package_stale",
    TableColumn("server_id", "int", key=True, ref="site_server.id", cascade=True),
    *keys("manifest", sql="text"),
    TableColumn("package"),
    TableColumn("since", "time"),
)
awaited_packages = table(
    "package_awaited",
    TableColumn("package_id", "int", key=True, ref="package.id", cascade=True),
    TableColumn("manifest"),
    TableColumn("sources", "json", null=True),
    TableColumn("ready_at", "time", null=True),
    TableColumn("announced_at", "time"),
    TableColumn("failures", "int"),
    TableColumn("next_at", "time", null=True),
    TableColumn("begun_at", "time", null=True),
    TableColumn("taken_at", "time", null=True),
    TableColumn("taken_bytes", "big"),
    TableColumn("source", null=True),
    TableColumn("message", null=True),
)
