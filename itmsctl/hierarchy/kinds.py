"""What the nouns of `hierarchy` are: management servers (HIER-1..9, PLAT-4) and internet gateways (CEM-3..5)."""

from __future__ import annotations

from itmsctl.values.kind import Danger, Field, Group, Kind, Link, Type
from itmsctl.values.replicated import never

ON_BOX, OFF_BOX = "on-box", "off-box"
VOLUMES = ("os", "data", "tempdb", "log", "packages")
RAID_LEVELS = ("none", "0", "1", "5", "6", "10", "0+1", "50", "60")

GROUPS = (
    Group(
        "management-server",
        "Say where management servers stand, whom they manage, and how they are set.",
        "management_server_app",
        "commands.management_server",
        part="plan",
    ),
    Group(
        "gateway",
        "Say which internet gateways lead to which management servers.",
        "gateway_app",
        "commands.gateway",
        part="plan",
    ),
    Group(
        "hierarchy",
        "Link management servers as parent and children: keys, how they reach each other, how they are.",
        "hierarchy_app",
        "commands.hierarchy",
        part="plan",
    ),
)

_PLACE = (
    Field("site", "Site that it stands in.", Type.REF, ref="site", column="site_id"),
    Field(
        "sites",
        "Site whose computers it manages.",
        Type.LIST,
        ref="site",
        option="manages",
        link=Link("management_server_site", "server_id", "site_id"),
    ),
    Field("parent", "Its parent in the hierarchy.", Type.REF, ref="management-server", column="parent_id"),
    Field("endpoints", "Computers planned. Default: those of its sites.", Type.INT),
    Field("consoles", "Console sessions of managers at once (UI-3).", Type.INT),
    Field("asset_consoles", "Console sessions of asset managers at once (UI-3).", Type.INT),
    Field("serves_agents", "Agents get their tasks from it directly (SITE-22).", Type.BOOL),
    Field("deployment", "Deployment is used: images, network boot (HIER-9).", Type.BOOL),
)
_HARDWARE = (
    Field("virtual", "It is a virtual machine.", Type.BOOL),
    Field("cores", "Cores of its processors.", Type.INT),
    Field("ram_gb", "Its memory in GB.", Type.REAL),
)
_DATABASE = (
    Field("database", "Where its database is.", choices=(ON_BOX, OFF_BOX)),
    Field("database_cores", "Cores of the database server.", Type.INT),
    Field("database_ram_gb", "Memory of the database server in GB.", Type.REAL),
    Field("database_memory_gb", "Most memory that the database may take, in GB (DB-6).", Type.REAL),
    Field("volumes", f"Volume of a use: data=D:. Uses: {', '.join(VOLUMES)}.", Type.MAP, option="volume"),
    Field("raid", "RAID level of a use: data=10.", Type.MAP),
    Field("iops", "What the volume of a use can do a second: data=600.", Type.MAP),
    Field("autogrow_pct", "How much the database files grow at once, in percent (DB-3).", Type.INT),
    Field("autoshrink", "The database shrinks by itself (DB-4).", Type.BOOL),
    Field("recovery", "Recovery model of the database.", choices=("simple", "full")),
    Field("collation", "Collation of the database (DB-11).", column="database_collation"),
    Field("other_databases", "The database server holds databases of others too (DB-5).", Type.BOOL),
)
_SETTINGS = (
    Field(
        "agent_interval_s", "How often agents ask for their configuration: 1h.", Type.DURATION, option="agent_interval"
    ),
    Field("task_interval_s", "How often task servers ask for tasks: 5m.", Type.DURATION, option="task_interval"),
    Field("delta_membership_s", "Delta update of memberships: 5m.", Type.DURATION, option="delta_membership"),
    Field("complete_membership_s", "Complete update of memberships: 1d.", Type.DURATION, option="complete_membership"),
    Field("policy_membership_s", "Update for changed policies: 5m.", Type.DURATION, option="policy_membership"),
    Field("replication_s", "Differential replication: 1d.", Type.DURATION, option="replication"),
    Field(
        "report_autorun",
        "A report runs when it is opened (RPT-4). Default: yes.",
        Type.BOOL,
        negative="suppress-report-autorun",
        kept=True,
    ),
)
_DESCRIPTION = Field("description", "What people should know about it.")

MANAGEMENT_SERVER = Kind(
    name="management-server",
    table="management_server",
    help="A management server: it manages computers of its sites, and may have a parent (HIER-1, HIER-2).",
    shelf="itmsctl.hierarchy.service.management_server:MANAGEMENT_SERVERS",
    danger=Danger.SEVERE,
    replication=never("it says where this server stands in the tree: each has its own view of it"),
    fields=(*_PLACE, *_HARDWARE, *_DATABASE, *_SETTINGS, _DESCRIPTION),
)

GATEWAY = Kind(
    name="gateway",
    table="gateway",
    help="An internet gateway: agents outside reach management servers through it (CEM-3, CEM-4).",
    shelf="itmsctl.hierarchy.service.gateway:GATEWAYS",
    danger=Danger.MODERATE,
    replication=never("it belongs to the design of the management servers that it leads to"),
    fields=(
        Field(
            "servers",
            "Management server that it leads to.",
            Type.LIST,
            ref="management-server",
            option="leads_to",
            link=Link("gateway_server", "gateway_id", "server_id"),
        ),
        *_HARDWARE,
        Field("disk_gb", "Its disk in GB.", Type.INT),
        Field("nics", "Network adapters.", Type.INT),
        Field("zone", "Network zone that it stands in, such as dmz (CEM-3)."),
        Field("agents", "Agents that may use it.", Type.INT),
        Field("concurrent", "Connections at once.", Type.INT),
        _DESCRIPTION,
    ),
)

KINDS = (MANAGEMENT_SERVER, GATEWAY)

HOOKS = {"recorded": "itmsctl.hierarchy.service.peers:recorded"}
