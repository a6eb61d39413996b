"""Documented views of management servers and gateways."""

from __future__ import annotations

from itmsctl.values.kind import Type
from itmsctl.values.view import View, ViewColumn

VIEWS = (
    View(
        "v_management_server",
        "one row a management server",
        """SELECT m.guid, m.name, s.name AS site, p.name AS parent, m.endpoints, m.consoles, m.serves_agents, m.virtual,
                  m.cores, m.ram_gb, m."database", m.database_cores, m.database_ram_gb, m.agent_interval_s,
                  m.task_interval_s, m.replication_s, m.description
           FROM management_server m LEFT JOIN site s ON s.id = m.site_id
           LEFT JOIN management_server p ON p.id = m.parent_id""",
        (
            ViewColumn("guid", "GUID of the management server", Type.GUID),
            ViewColumn("name", "its name"),
            ViewColumn("site", "site that it stands in"),
            ViewColumn("parent", "its parent in the hierarchy"),
            ViewColumn("endpoints", "computers planned", Type.INT),
            ViewColumn("consoles", "console sessions at once", Type.INT),
            ViewColumn("serves_agents", "agents get their tasks from it directly", Type.BOOL),
            ViewColumn("virtual", "it is a virtual machine", Type.BOOL),
            ViewColumn("cores", "cores of its processors", Type.INT),
            ViewColumn("ram_gb", "its memory in GB", Type.REAL),
            ViewColumn("database", 'on-box or off-box; written "database"'),
            ViewColumn("database_cores", "cores of the database server", Type.INT),
            ViewColumn("database_ram_gb", "memory of the database server in GB", Type.REAL),
            ViewColumn("agent_interval_s", "how often agents ask, in seconds", Type.REAL),
            ViewColumn("task_interval_s", "how often task servers ask, in seconds", Type.REAL),
            ViewColumn("replication_s", "differential replication, in seconds", Type.REAL),
            ViewColumn("description", "free text"),
        ),
    ),
    View(
        "v_management_server_site",
        "one row a site whose computers a management server manages",
        """SELECT m.name AS management_server, s.name AS site
           FROM management_server_site l JOIN management_server m ON m.id = l.server_id
           JOIN site s ON s.id = l.site_id""",
        (ViewColumn("management_server", "name of the management server"), ViewColumn("site", "name of the site")),
    ),
    View(
        "v_gateway",
        "one row an internet gateway",
        """SELECT guid, name, virtual, cores, ram_gb, disk_gb, nics, zone, agents, concurrent, description
           FROM gateway""",
        (
            ViewColumn("guid", "GUID of the gateway", Type.GUID),
            ViewColumn("name", "its name"),
            ViewColumn("virtual", "it is a virtual machine", Type.BOOL),
            ViewColumn("cores", "cores of its processors", Type.INT),
            ViewColumn("ram_gb", "its memory in GB", Type.REAL),
            ViewColumn("disk_gb", "its disk in GB", Type.INT),
            ViewColumn("nics", "network adapters", Type.INT),
            ViewColumn("zone", "network zone that it stands in"),
            ViewColumn("agents", "agents that may use it", Type.INT),
            ViewColumn("concurrent", "connections at once", Type.INT),
            ViewColumn("description", "free text"),
        ),
    ),
)
