"""Documented views of sites, subnets, site servers, and who is where."""

from __future__ import annotations

from itmsctl.values.kind import Type
from itmsctl.values.view import View, ViewColumn

_STATUS = (ViewColumn("description", "free text"), ViewColumn("status", "such as active or planned"))
_SERVER = ViewColumn("server", "name of the site server")

VIEWS = (
    View(  # what the filter language reads
        "v_computer_site",
        "sites and subnets by the id of the computer",
        """SELECT cs.computer_id, s.name AS site, n.name AS subnet
           FROM computer_site cs JOIN subnet n ON n.id = cs.subnet_id LEFT JOIN site s ON s.id = cs.site_id""",
    ),
    View(
        "v_site_member",
        "one row a subnet, with its site, that an address of a computer lies in",
        """SELECT r.guid, r.name, s.name AS site, n.name AS subnet
           FROM computer_site cs JOIN resource r ON r.id = cs.computer_id
           JOIN subnet n ON n.id = cs.subnet_id LEFT JOIN site s ON s.id = cs.site_id""",
        (
            ViewColumn("guid", "GUID of the computer", Type.GUID),
            ViewColumn("name", "name of the computer"),
            ViewColumn("site", "site; empty where the subnet belongs to none"),
            ViewColumn("subnet", "prefix of the subnet"),
        ),
        computer="guid",
        classes=("computer", "sites"),
    ),
    View(
        "v_site",
        "one row a site",
        """SELECT guid, name, description, time_zone, facility, region, status, management_server, force_task_servers,
                  created_at, changed_at
           FROM site""",
        (
            ViewColumn("guid", "GUID of the site", Type.GUID),
            ViewColumn("name", "name of the site"),
            *_STATUS,
            ViewColumn("time_zone", "its time zone"),
            ViewColumn("facility", "facility or data centre"),
            ViewColumn("region", "region that it lies in"),
            ViewColumn("management_server", "the management server stands in it", Type.BOOL),
            ViewColumn("force_task_servers", "its computers must use its task servers", Type.BOOL),
            ViewColumn("created_at", "when it was added", Type.TIME),
            ViewColumn("changed_at", "when it was last changed", Type.TIME),
        ),
    ),
    View(
        "v_subnet",
        "one row a subnet",
        """SELECT n.guid, n.name, s.name AS site, n.description, n.status, n.created_at, n.changed_at
           FROM subnet n LEFT JOIN site s ON s.id = n.site_id""",
        (
            ViewColumn("guid", "GUID of the subnet", Type.GUID),
            ViewColumn("name", "its prefix"),
            ViewColumn("site", "site that it belongs to"),
            *_STATUS,
            ViewColumn("created_at", "when it was added", Type.TIME),
            ViewColumn("changed_at", "when it was last changed", Type.TIME),
        ),
    ),
    View(
        "v_server",
        "one row a site server",
        """SELECT s.guid, s.name, r.guid AS computer_guid, s.constrained, s.desktop_os, s.max_sessions, s.description,
                  s.created_at, s.changed_at
           FROM site_server s JOIN resource r ON r.id = s.computer_id""",
        (
            ViewColumn("guid", "GUID of the site server", Type.GUID),
            ViewColumn("name", "its name, which is the computer's"),
            ViewColumn("computer_guid", "GUID of the computer", Type.GUID),
            ViewColumn("constrained", "serves packages to its own sites only", Type.BOOL),
            ViewColumn("desktop_os", "runs a desktop operating system", Type.BOOL),
            ViewColumn("max_sessions", "concurrent sessions that it allows", Type.INT),
            ViewColumn("description", "free text"),
            ViewColumn("created_at", "when it was added", Type.TIME),
            ViewColumn("changed_at", "when it was last changed", Type.TIME),
        ),
        computer="computer_guid",
    ),
    View(
        "v_server_service",
        "one row a service that a site server hosts",
        "SELECT s.name AS server, v.service FROM site_server_service v JOIN site_server s ON s.id = v.server_id",
        (_SERVER, ViewColumn("service", "task, package, boot or monitor")),
    ),
    View(
        "v_server_site",
        "one row a site that a site server is in: by hand, or by an address of its computer (SITE-11)",
        """SELECT s.name AS server, t.name AS site, 'hand' AS how
           FROM site_server_site h JOIN site_server s ON s.id = h.server_id JOIN site t ON t.id = h.site_id
           UNION
           SELECT s.name, t.name, 'address'
           FROM site_server s JOIN computer_site c ON c.computer_id = s.computer_id JOIN site t ON t.id = c.site_id
           WHERE NOT EXISTS (SELECT 1 FROM site_server_site h WHERE h.server_id = s.id AND h.site_id = t.id)""",
        (_SERVER, ViewColumn("site", "name of the site"), ViewColumn("how", "hand or address")),
    ),
)
