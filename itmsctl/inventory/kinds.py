"""What the room `inventory` offers."""

from __future__ import annotations

from itmsctl.policies.kinds import LOCAL, OPENED, TICKED, WAY_AND_OWNER, as_of_policies
from itmsctl.values.column import TableColumn
from itmsctl.values.kind import Danger, Field, Group, Kind, Type
from itmsctl.values.replicated import item

GROUPS = (
    Group(
        "data-class",
        "See which classes of inventory data there are, and what each holds.",
        "data_class_app",
        "commands.data_class",
        part="know",
    ),
    Group(
        "inventory",
        "Learn what computers are made of and what is on them, and look at it.",
        "inventory_app",
        "commands.inventory",
        part="know",
    ),
    Group(
        "inventory-policy",
        "Say what is inventoried on which computers when, by itself.",
        "inventory_policy_app",
        "commands.inventory_policy",
        part="run",
    ),
    Group("event", "Take in what computers send: files of an inbox.", "event_app", "commands.loading", part="know"),
)

FULL, DELTA, TIME_CRITICAL = "full", "delta", "time-critical"
MODES = (FULL, DELTA, TIME_CRITICAL)
# The kinds of inventory that are scheduled apart (INV-40).
PORTIONS = ("hardware", "software", "files", "server-applications", "custom")


INVENTORY_POLICY = Kind(
    name="inventory-policy",
    table="inventory_policy",
    help="An inventory policy: what is collected, from which computers, and when (INV-12).",
    shelf="itmsctl.inventory.service.policies:INVENTORY_POLICIES",
    own=TICKED,
    danger=Danger.MODERATE,
    replication=item(*OPENED, "every_s", "throttle_s", local=LOCAL),
    fields=(
        Field(
            "mode",
            "Everything is sent (full, the default), what has changed, or what has changed of the most important.",
            choices=MODES,
            null=False,
        ),
        Field(
            "collect",
            f"Kind of inventory or data class: {', '.join(PORTIONS)}, or a class. Default: what the mode collects.",
            Type.LIST,
        ),
        Field("exclude", "Data class that is not collected.", Type.LIST),
        Field(
            "target",
            "Target, filter or group; a & b; all, which is the default. Looked up each time.",
            null=False,
            selects=("target", "filter", "group", "view"),
        ),
        *as_of_policies("schedule"),
        Field("every_s", "Repeat it after this long, without a schedule: 4h.", Type.DURATION, option="every"),
        Field("throttle_s", "Spread the starts over this time: 24h.", Type.DURATION, option="throttle"),
        Field("server_pack", "Only computers with the server pack: those with a tag `server-pack`.", Type.BOOL),
        Field("nice", "Priority on the computer, from 0 (as others) to 19 (last). Default: 10.", Type.INT),
        Field("drives", "File scan: mount point that is scanned. Default: all local ones.", Type.LIST, option="drive"),
        Field("exclude_drives", "File scan: mount point that is left out.", Type.LIST, option="exclude_drive"),
        Field("folders", "File scan: folder that is scanned. Default: all.", Type.LIST, option="folder"),
        Field("exclude_folders", "File scan: folder that is left out.", Type.LIST, option="exclude_folder"),
        Field(
            "include_files",
            "File scan: names of files, such as '*.jar'; '!*.tmp' leaves out. Default: programs.",
            Type.LIST,
            option="include_file",
        ),
        Field("hash_files", "File scan: have a digest made of each file.", Type.BOOL),
        Field("sizes_only", "File scan: only count files and add their sizes up.", Type.BOOL),
        Field("remote_volumes", "File scan: network file systems too.", Type.BOOL),
        *as_of_policies(
            "deadline_s",
            "ignore_windows",
            *WAY_AND_OWNER,
        ),
    ),
)

DATA_CLASS = Kind(
    name="data-class",
    table="data_class",
    help="A class of inventory data that an administrator added (INV-9).",
    shelf="itmsctl.inventory.service.own_classes:OWN_CLASSES",
    danger=Danger.SEVERE,
    own=(TableColumn("packed", "json"),),
    replication=item(),
    fields=(Field("definition", "What it is, in the YAML that `data-class add -f` reads.", required=True),),
)

KINDS = (DATA_CLASS, INVENTORY_POLICY)

VERBS = {
    "inventory": (
        "itmsctl.inventory.commands.gathering:register",
        "itmsctl.inventory.commands.loading:register",
        "itmsctl.inventory.commands.asking:register",
        "itmsctl.inventory.commands.exporting:register",
        "itmsctl.inventory.commands.export:register",
        "itmsctl.inventory.commands.packaging:register",
    ),
    "computer": "itmsctl.inventory.commands.asking:register_computer",
}

HOOKS = {
    "computers_merged": "itmsctl.inventory.service.merging:set_aside",
    "computer_split": "itmsctl.inventory.service.merging:put_back",
    "interviewer:inventory": "itmsctl.inventory.service.gathering:INTERVIEWER",
    "task_kind:inventory": "itmsctl.inventory.action:ACTION",
    "own_data_classes": "itmsctl.inventory.service.own_definitions:filter_classes",
    "own_views": "itmsctl.inventory.service.own_definitions:views",
    "computer_sections": "itmsctl.inventory.service.looking:computer_sections",
    "show_class": "itmsctl.inventory.commands.showing:show_class",
    "data_classes": "itmsctl.inventory.asking:ShippedClasses",
    "hosting_facts": "itmsctl.inventory.service.hosting:hosting_facts",
    "computer_removed": "itmsctl.inventory.service.history:removed",
    "resource_removed": "itmsctl.inventory.service.owners:resource_removed",
    "doctor": "itmsctl.inventory.service.history:restless",
    "purgeable": "itmsctl.inventory.service.history:purgeable",
    "leftovers": "itmsctl.inventory.service.entries:leftovers",
    "defined_tables": "itmsctl.inventory.service.class_tables:defined_tables",
    "predefined": "itmsctl.inventory.predefined:predefined",
}
