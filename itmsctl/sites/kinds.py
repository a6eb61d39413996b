"""What the nouns of `sites` are."""

from __future__ import annotations

from itmsctl.values.column import TableColumn
from itmsctl.values.kind import Danger, Field, FilterClass, FilterField, Group, Kind, Link, Type
from itmsctl.values.replicated import resource

SITE_STATUSES = ("planned", "staging", "active", "decommissioning", "retired")
SUBNET_STATUSES = ("container", "active", "reserved", "deprecated")
BOOT_RELAYS = ("ip-helper", "dhcp-forced")
SERVICES = ("task", "package", "boot", "monitor")

GROUPS = (
    Group("site", "Plan sites: places that map subnets to servers.", "site_app", "commands.site", part="plan"),
    Group("subnet", "Map address ranges to sites.", "subnet_app", "commands.subnet", part="plan"),
    Group(
        "server",
        "Say which computers serve which sites, and who serves whom.",
        "server_app",
        "commands.server",
        part="plan",
    ),
)

SITE = Kind(
    name="site",
    table="site",
    help="A site: a place that maps subnets to site services (SITE-1).",
    shelf="itmsctl.sites.service.site:SITES",
    danger=Danger.SEVERE,
    replication=resource("management_server"),
    fields=(
        Field("description", "What people should know about it."),
        Field("time_zone", "Its time zone, such as Europe/Rome.", form="zone"),
        Field("facility", "Facility or data centre."),
        Field("region", "Region it lies in."),
        Field("status", "What has become of it, in NetBox's words.", choices=SITE_STATUSES),
        Field("management_server", "The management server stands in it (SITE-14).", Type.BOOL),
        Field("force_task_servers", "Its computers must use its task servers, not the management server.", Type.BOOL),
        Field("link_kbit", "Bandwidth of its link to the management server's site, in kbit/s.", Type.INT),
        Field("endpoints", "Computers planned in it, for a design without computers yet.", Type.INT),
    ),
)

SUBNET = Kind(
    name="subnet",
    table="subnet",
    help="A range of addresses (SITE-2); its name is its prefix.",
    shelf="itmsctl.sites.service.subnet:SUBNETS",
    own=(TableColumn("start", "bytes"), TableColumn("end", "bytes")),
    danger=Danger.MODERATE,
    replication=resource(),
    fields=(
        Field("site", "Site that it belongs to.", Type.REF, ref="site", column="site_id"),
        Field("description", "What people should know about it."),
        Field("status", "What has become of it, in NetBox's words.", choices=SUBNET_STATUSES),
        Field("boot_relay", "How requests to boot over the network leave it (NBS-5, NBS-6).", choices=BOOT_RELAYS),
    ),
)

SERVER = Kind(
    name="server",
    table="site_server",
    help="A computer that hosts site services (SITE-3).",
    shelf="itmsctl.sites.service.server:SERVERS",
    named_for="computer",
    own=(TableColumn("computer_id", "int", ref="resource.id"),),
    danger=Danger.SEVERE,
    replication=resource(),
    fields=(
        Field(
            "services", "Service it hosts.", Type.LIST, choices=SERVICES, required=True, option="service", apart=True
        ),
        Field("constrained", "Package service for its own sites only (PKG-7).", Type.BOOL),
        Field(
            "sites",
            "Site that it is assigned to by hand (SITE-11).",
            Type.LIST,
            ref="site",
            option="site",
            link=Link("site_server_site", "server_id", "site_id"),
        ),
        Field("desktop_os", "Runs a desktop operating system, which caps sessions (SITE-16).", Type.BOOL),
        Field("max_sessions", "Concurrent sessions that it allows.", Type.INT),
        Field("cores", "Cores of its processors.", Type.INT),
        Field("ram_gb", "Memory in GB.", Type.REAL),
        Field("disk_gb", "Disk for its services in GB.", Type.INT),
        Field("virtual", "It is a virtual machine.", Type.BOOL),
        Field("folder", "Folder of its packages there, an absolute path. Default: /srv/itms/packages."),
        Field(
            "urls",
            "Where computers take packages from it: http(s)://, sftp:// or smb:// of the folder.",
            Type.LIST,
            option="url",
        ),
        Field("rate_kbit", "Most kbit/s that copying to it may take.", Type.INT),
        Field("description", "What people should know about it."),
    ),
)

KINDS = (SITE, SUBNET, SERVER)

FILTER_CLASSES = (
    FilterClass(
        name="sites",
        table="v_computer_site",
        key="computer_id",
        help="Sites and subnets that the addresses of a computer lie in; bare `site` and `subnet` mean any of them.",
        multi=True,
        any_fields=(("site", "site"), ("subnet", "subnet")),
        fields=(
            FilterField("site", Type.TEXT, "name of the site", of=("site", "name")),
            FilterField("subnet", Type.TEXT, "prefix of the subnet", of=("subnet", "name")),
        ),
        of=(("subnet", "site"),),
        tables=("computer_site",),
        links=(
            ("site", Link("computer_site", "site_id", "computer_id")),
            ("subnet", Link("computer_site", "subnet_id", "computer_id")),
        ),
    ),
)

HOOKS = {
    "import_table:site": "itmsctl.sites.service.importing:SiteTable",
    "import_table:subnet": "itmsctl.sites.service.importing:SubnetTable",
    "import_table:server": "itmsctl.sites.service.server_table:ServerTable",
    "memberships": "itmsctl.sites.service.losses:Places",
    "addresses_changed": "itmsctl.sites.service.listeners:addresses_changed",
    "computer_renamed": "itmsctl.sites.service.listeners:computer_renamed",
    "computers_merged": "itmsctl.sites.service.listeners:computers_merged",
    "computer_split": "itmsctl.sites.service.listeners:addresses_changed",
    "computer_removed": "itmsctl.sites.service.listeners:computer_removed",
    "computer_fields": "itmsctl.sites.service.shown:computer_fields",
    "computer_sections": "itmsctl.sites.service.shown:computer_sections",
    "support": "itmsctl.sites.service.support:support",
    "doctor": "itmsctl.sites.service.listeners:doctor",
}
