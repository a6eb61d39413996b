"""Documented views of sites, subnets, site servers, and who is where."""

from __future__ import annotations

from itmsctl.sites.kinds import SERVER
from itmsctl.values.kind import Type
from itmsctl.values.view import View, ViewColumn, view_of

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
    view_of(
        SERVER,
        ViewColumn(
            "computer_guid",
            "GUID of the computer",
            Type.GUID,
            "(SELECT r.guid FROM resource r WHERE r.id = o.computer_id)",
        ),
        computer="computer_guid",
    ),
    View(
        "v_server_service",
        "one row a service that a site server hosts",
        "SELECT s.name AS server, v.service FROM site_server_service v JOIN site_server s ON s.id = v.server_id",
        (_SERVER, ViewColumn("service", "task, package, boot or monitor", of=("server.services",))),
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
        (
            _SERVER,
            ViewColumn("site", "name of the site", of=("server.sites",)),
            ViewColumn("how", "hand or address"),
        ),
    ),
)
