"""What the nouns of `resources` are."""

from __future__ import annotations

from itmsctl.resources.devices import BEYOND_COMPUTERS
from itmsctl.resources.own import OWN_RESOURCE, RESOURCE_TYPE
from itmsctl.values.column import TableColumn
from itmsctl.values.kind import Danger, Field, FilterClass, FilterField, Group, Kind, Link, Owner, Type
from itmsctl.values.replicated import item, resource

OS_FAMILIES = ("windows", "linux", "unix", "mac")
# Fields of a computer that inventory fills.
FILLED = ("os_family", "device_kind", "serial", "uuid", "mac", "fqdn")
# A field that follows what a source says only where a source said it first: it is where a computer is contacted.
FOLLOWED = ("address",)
FROM_SOURCES = (*FILLED, *FOLLOWED)
IMPORTED = ("computer", "site", "subnet", "server")  # the nouns whose tables can be read
# Fields that a person may lock: no inventory and no source of an import changes them.
LOCKABLE = (
    *FROM_SOURCES, "port", "user", "management_address", "machine_id", "tags", "time_zone", "description",
)  # fmt: skip
DEVICE_KINDS = ("desktop", "laptop", "thin-client", "server", "virtual")

GROUPS = (
    Group(
        "computer",
        "Know every computer: add, import, tag, merge, list.",
        "computer_app",
        "commands.computer",
        part="know",
    ),
    Group("user", "Know people: who uses which computer.", "user_app", "commands.user", part="know"),
    Group(
        "network-device",
        "Know devices of the network: switches, routers, firewalls.",
        "network_device_app",
        "commands.devices",
        part="know",
    ),
    Group("printer", "Know printers.", "printer_app", "commands.devices", part="know"),
    Group(
        "virtual-machine",
        "Know virtual machines, as hypervisors know them.",
        "virtual_machine_app",
        "commands.devices",
        part="know",
    ),
    Group(
        "application",
        "Know applications: what they are, whose, and how much depends on them.",
        "application_app",
        "commands.devices",
        part="know",
    ),
    Group(
        "resource",
        "Know resources of every type, and keep those of types of your own.",
        "resource_app",
        "commands.resource",
        part="know",
    ),
    Group(
        "resource-type",
        "Know the hierarchy of types of resources, and add types to it.",
        "resource_type_app",
        "commands.resource",
        part="know",
    ),
    Group(
        "association",
        "Relate resources: who uses a computer, what it is connected to.",
        "association_app",
        "commands.association",
        part="know",
    ),
    Group(
        "association-type",
        "Know what relations there may be between which resources.",
        "association_type_app",
        "commands.association_type",
        part="know",
    ),
    Group(
        "import-mapping",
        "Say what the columns of other tools' tables mean.",
        "import_mapping_app",
        "commands.import_mapping",
        part="know",
    ),
)

COMPUTER = Kind(
    name="computer",
    table="resource",
    help="A managed computer.",
    shelf="itmsctl.resources.service.computers:COMPUTERS",
    importer="itmsctl.resources.service.tables:ComputerDocument",
    danger=Danger.MODERATE,
    typed="computer",
    parent="device",
    own=(TableColumn("profile_id", "int", null=True),),  # of a profile, a later room's
    replication=resource(),
    fields=(
        Field("address", "Address: an IP or a host name; several are tried in order.", Type.LIST, apart=True),
        Field("port", "Port of the management service.", Type.INT),
        Field("user", "User to log in as."),
        Field("management_address", "Address used to reach it, where it is not the first of its addresses."),
        Field("os_family", "Family of its operating system.", choices=OS_FAMILIES),
        Field("device_kind", "What kind of machine it is.", choices=DEVICE_KINDS),
        Field("serial", "Serial number.", Type.LIST, apart=True),
        Field("uuid", "Hardware UUID (SMBIOS).", Type.LIST, apart=True),
        Field("machine_id", "Machine id of the operating system.", Type.LIST, apart=True),
        Field("mac", "MAC address.", Type.LIST, apart=True),
        Field("fqdn", "Fully qualified domain name.", Type.LIST, apart=True),
        Field("tags", "Tag as KEY=VALUE.", Type.MAP, option="tag", apart=True),
        Field("time_zone", "Its time zone, such as Europe/Rome; else its site's.", form="zone"),
        Field("description", "What people should know about it."),
        Field("locked", f"Fields that no inventory and no import by a mapping changes: {', '.join(LOCKABLE)}."),
        Field("last_seen", "When it last answered.", Type.TIME, Owner.REPORTED),
    ),
)

USER = Kind(
    name="user",
    table="resource",
    help="A person who uses computers.",
    shelf="itmsctl.resources.service.users:USERS",
    danger=Danger.MODERATE,
    typed="resource_user",
    parent="resource",
    replication=resource(),
    fields=(
        Field("full_name", "Full name."),
        Field("domain", "Domain of the account."),
        Field("email", "Mail address."),
        Field("department", "Department."),
        Field("description", "What people should know about the user."),
    ),
)

IMPORT_MAPPING = Kind(
    name="import-mapping",
    table="import_mapping",
    help="What the columns of a table from elsewhere mean, for `import --mapping` (DC-4).",
    shelf="itmsctl.resources.service.import_mappings:IMPORT_MAPPINGS",
    replication=item("ignore_unknown", "priority", "encoding"),
    fields=(
        Field("noun", "What its tables hold.", choices=IMPORTED, required=True),
        Field(
            "columns",
            "HEADER=FIELD reads a column as a field, HEADER= leaves it out; several fields with a comma between them.",
            Type.LIST,
            option="map",
        ),
        Field("constants", "FIELD=VALUE, where no column says the field.", Type.LIST, option="constant"),
        Field(
            "transforms",
            "FIELD=STEP|STEP: trim, upper, lower, title, short, rdn, first, before:T, after:T, split:T, date:FORM.",
            Type.LIST,
            option="transform",
        ),
        Field(
            "meanings", "FIELD:VALUE=VALUE reads a value, with * for any text, as another.", Type.LIST, option="value"
        ),
        Field("taken", "HEADER=VALUE takes only rows with this value, or one of several.", Type.LIST, option="only"),
        Field("ignore_unknown", "Leave other columns out, and say which.", Type.BOOL),
        Field("source", "Who says so, as `computer show` names it. Default: the name of the mapping."),
        Field("priority", "Rank of that source, 0 to 100. Default: 30, below every inventory.", Type.INT),
        Field("encoding", "How its files are written, such as cp1252. Default: UTF-8, or what the file itself says."),
        Field("sheet", "The sheet to read of a workbook: its name or number."),
        Field("description", "What people should know about it."),
    ),
)

RESOURCES = (COMPUTER, USER, *BEYOND_COMPUTERS, OWN_RESOURCE)
KINDS = (*RESOURCES, RESOURCE_TYPE, IMPORT_MAPPING)

IDENTITIES = {
    "serial": "serial number, as recorded",
    "uuid": "hardware UUID",
    "machine_id": "machine id of the operating system",
    "mac": "MAC address, such as 00:1b:21:3c:4d:5e",
    "fqdn": "fully qualified domain name",
}

_OTHER_NAME = ("user", "name")
# From a resource to the computers that it is related to: those that are subjects, and those that are objects.
_RELATED = (Link("association", "to_id", "from_id"), Link("association", "from_id", "to_id"))

FILTER_CLASSES = (
    FilterClass(
        name="computer",
        table="v_computer",
        key="id",
        help="The computer itself; its fields are written bare.",
        fields=(
            FilterField("name", Type.TEXT, "name of the computer", of=("computer", "name")),
            FilterField("guid", Type.GUID, "its GUID", of=("computer", "guid")),
            FilterField("id", Type.GUID, "its GUID, as listings call it", column="guid", of=("computer", "guid")),
            FilterField("os_family", Type.TEXT, "windows, linux, unix or mac", of=("computer", "os_family")),
            FilterField("device_kind", Type.TEXT, " ".join(DEVICE_KINDS), of=("computer", "device_kind")),
            FilterField("description", Type.TEXT, "free text", of=("computer", "description")),
            FilterField("locked", Type.TEXT, "fields that no source changes, as serial,mac", of=("computer", "locked")),
            FilterField("port", Type.INT, "port of the management service", of=("computer", "port")),
            FilterField("user", Type.TEXT, "user to log in as", of=("computer", "user")),
            FilterField(
                "management_address",
                Type.TEXT,
                "address used to reach it, as typed",
                of=("computer", "management_address"),
            ),
            FilterField(
                "time_zone", Type.TEXT, "its own time zone; empty where it is its site's", of=("computer", "time_zone")
            ),
            FilterField("last_seen", Type.TIME, "when it last answered", of=("computer", "last_seen")),
            FilterField("created_at", Type.TIME, "when it was first recorded", of=("computer", "created_at")),
            FilterField("changed_at", Type.TIME, "when it was last changed", of=("computer", "changed_at")),
            FilterField("revision", Type.INT, "how often it was changed, from 1", of=("computer", "revision")),
        ),
    ),
    FilterClass(
        name="addresses",
        table="computer_address",
        key="computer_id",
        help="Addresses of a computer; bare `address` means any of them.",
        multi=True,
        any_fields=(("address", "address"),),
        fields=(
            FilterField("address", Type.ADDRESS, "an IP address", of=("computer", "address")),
            FilterField("text", Type.TEXT, "as typed: an IP address or a host name", of=("computer", "address")),
        ),
    ),
    FilterClass(
        name="tags",
        table="resource_tag",
        key="resource_id",
        help="Tags; `tags.env` is the value of the tag `env`.",
        multi=True,
        map_key="key",
        map_value="value",
        fields=(
            FilterField("key", Type.TEXT, "the tag", of=("computer", "tags")),
            FilterField("value", Type.TEXT, "its value", of=("computer", "tags")),
        ),
    ),
    FilterClass(
        name="identities",
        table="computer_identity",
        key="computer_id",
        help="Values that identify a computer: uuid, machine_id, serial, mac, fqdn.",
        multi=True,
        fields=(
            FilterField("kind", Type.TEXT, "uuid, machine_id, serial, mac or fqdn", of=("computer", *IDENTITIES)),
            FilterField("value", Type.TEXT, "the value as recorded", of=("computer", *IDENTITIES)),
            FilterField("junk", Type.BOOL, "true for a value that never identifies", of=("computer", *IDENTITIES)),
        ),
        tables=("computer_identity",),
    ),
    FilterClass(
        name="associations",
        table="v_computer_association",
        key="computer_id",
        help="Relations of a computer, whichever end it is: its primary user, what it is connected to.",
        multi=True,
        fields=(
            FilterField("type", Type.TEXT, "what relates them: primary-user, owner", of=_OTHER_NAME),
            FilterField("name", Type.TEXT, "name of the other", of=_OTHER_NAME),
            FilterField("object", Type.TEXT, "name of the other, where the computer is the subject", of=_OTHER_NAME),
            FilterField("subject", Type.TEXT, "name of the other, where the computer is the object", of=_OTHER_NAME),
            FilterField("kind", Type.TEXT, "what the other is: user, printer", of=_OTHER_NAME),
            FilterField("source", Type.TEXT, "who said it", of=_OTHER_NAME),
            FilterField("since", Type.TIME, "since when it is known", of=_OTHER_NAME),
        ),
        of=tuple((kind.name, "name") for kind in RESOURCES),
        tables=("association",),
        links=tuple((kind.name, link) for kind in RESOURCES for link in _RELATED),
    ),
    *(
        FilterClass(
            name=f"{kind}s",
            table=f"v_computer_{kind}",
            key="computer_id",
            help=f"Identity values of the kind {kind}; bare `{kind}` means any of them.",
            multi=True,
            any_fields=((kind, kind),),
            fields=(FilterField(kind, Type.GUID if kind == "uuid" else Type.TEXT, text, of=("computer", kind)),),
            tables=("computer_identity",),
            changes_with="identities",
        )
        for kind, text in IDENTITIES.items()
    ),
)

HOOKS = {
    "import_table:computer": "itmsctl.resources.service.tables:ComputerTable",
    "change_told": "itmsctl.resources.service.relating:change_told",
    "defined_tables": "itmsctl.resources.service.own_tables:defined_tables",
    "doctor": "itmsctl.resources.service.identities:check",
    "keeper:association": "itmsctl.resources.service.relating:ASSOCIATIONS",
    "keeper:association_type": "itmsctl.resources.service.relating:ASSOCIATION_TYPES",
    "predefined": "itmsctl.resources.predefined:predefined",
    "own_views": "itmsctl.resources.service.own_tables:views",
    "recorded": "itmsctl.resources.service.recorded:recorded",
    "undo_barriers": "itmsctl.resources.service.relating:merges_in",
}
