"""What the nouns of `software` are, and what filters ask of them."""

from __future__ import annotations

from itmsctl.packages.kinds import ALWAYS, IF_ASKED, INSTALL, NEVER, REPAIR, UNINSTALL, UPGRADE
from itmsctl.policies.kinds import LOCAL, OPENED, TICKED, WAY_AND_OWNER, as_of_policies
from itmsctl.values.kind import Danger, Field, FilterClass, FilterField, Group, Kind, Link, Type
from itmsctl.values.replicated import item, package

COMPLIANT, NOT_COMPLIANT, NOT_APPLICABLE, UNKNOWN = "compliant", "not_compliant", "not_applicable", "unknown"
REBOOT_PENDING = "reboot_pending"  # a program asked for a restart that did not come yet
STATES = (COMPLIANT, NOT_COMPLIANT, NOT_APPLICABLE, UNKNOWN, REBOOT_PENDING)
INVENTORY = "inventory"  # who said a state, where it was judged by what is held
ACTIONS = (INSTALL, UPGRADE, REPAIR, UNINSTALL)
IN_WINDOW = "in-window"
REBOOTS = (NEVER, IF_ASKED, IN_WINDOW, ALWAYS)
SCHEMES = ("deb", "rpm", "semver", "windows", "plain")

GROUPS = (
    Group(
        "software",
        "Say what software is to be on computers, and see where it is and where not.",
        "software_app",
        "commands.software",
        part="run",
    ),
    Group(
        "delivery",
        "Have software brought to computers, and kept there: in order, proven, again and again.",
        "delivery_app",
        "commands.delivery",
        part="run",
    ),
)


def _program(action: str) -> Field:
    return Field(action, f"Program of the package that does it. Default: {action}.")


SOFTWARE = Kind(
    name="software",
    table="software",
    help="A software resource: something that is installed on computers, or not (SW-2, SW-13).",
    shelf="itmsctl.software.service.software:SOFTWARE_SHELF",
    danger=Danger.MODERATE,
    replication=package("deliverable", "unmanaged", "licenses", "license_until", "owner"),
    fields=(
        Field("vendor", "Who makes it."),
        Field("version", "Its version."),
        Field("scheme", "How its versions are ordered.", choices=SCHEMES),
        Field("package", "Package that installs it.", Type.REF, ref="package", column="package_id"),
        Field(
            "detect",
            "Rule that says whether it is installed (SW-8): 'package hello >= 2.10'. Default: that of its package.",
        ),
        Field("applies", "Rule that says which computers it is for (SW-9): \"inventory os_family = 'linux'\"."),
        Field(
            "depends",
            "Software that must be there before it.",
            Type.LIST,
            ref="software",
            link=Link("software_depends", "software_id", "needed_id"),
        ),
        Field(
            "conflicts",
            "Software that must not be beside it.",
            Type.LIST,
            ref="software",
            link=Link("software_conflicts", "software_id", "other_id"),
        ),
        Field(
            "supersedes",
            "Software that it takes the place of.",
            Type.LIST,
            ref="software",
            link=Link("software_supersedes", "software_id", "former_id"),
        ),
        *(_program(action) for action in ACTIONS),
        Field(
            "deliverable",
            "It may be delivered (SW-14). Default: yes.",
            Type.BOOL,
            negative="undeliverable",
            kept=True,
            default=True,
        ),
        Field("unmanaged", "It is only known, and set aside (SW-4).", Type.BOOL, negative="managed"),
        Field("discovered", "Name under which inventory finds it; `*` is anything (SW-4).", Type.LIST),
        Field("licenses", "Licences bought (SW-6).", Type.INT),
        Field("license_type", "What a licence counts: device, user, core, site ..."),
        Field("license_until", "Last day of the licences: 2027-12-31."),
        Field("owner", "Who owns it."),
        Field("description", "What people should know about it."),
    ),
)

DELIVERY = Kind(
    name="delivery",
    table="delivery",
    help="A managed delivery: software that is to be on computers, or gone, when and how (SW-16, SW-17).",
    shelf="itmsctl.software.service.deliveries:DELIVERIES",
    own=TICKED,
    danger=Danger.SEVERE,
    replication=item(*OPENED, "run_schedule", "reboot", local=LOCAL),
    fields=(
        Field(
            "software",
            "Software that is delivered, with all that it needs, in the order that follows from that.",
            Type.LIST,
            ref="software",
            required=True,
            link=Link("delivery_software", "delivery_id", "software_id"),
        ),
        Field("action", "What is done with it. Default: install.", choices=ACTIONS, null=False),
        *as_of_policies("target"),
        Field("schedule", "Schedule by which it is fetched, and run.", Type.REF, ref="schedule", column="schedule_id"),
        Field(
            "run_schedule",
            "Schedule by which it is run, where it is fetched before (SW-19).",
            Type.REF,
            ref="schedule",
            column="run_schedule_id",
        ),
        Field(
            "reboot",
            "Whether computers restart: in-window does where a program asked, once, in their maintenance window. "
            "Default: as programs say.",
            choices=REBOOTS,
        ),
        Field("defer", "How often the user of a computer may put it off, until its deadline.", Type.INT),
        Field("defer_s", "For how long each time. Default: 1h.", Type.DURATION, option="defer_for"),
        Field("run_as", "User that programs run as; else who logs in."),
        Field("cache", "Folder of the cache on computers. Default: /var/cache/itms of root, ~/.cache/itms of others."),
        *as_of_policies(
            "deadline_s",
            "ignore_windows",
            "batch",
            "rings",
            "seed",
            "max_fail",
            "gate_success",
            "soak_s",
            "health",
            "splay_s",
            *WAY_AND_OWNER,
        ),
    ),
)

KINDS = (SOFTWARE, DELIVERY)

FILTER_CLASSES = (
    FilterClass(
        name="compliance",
        table="v_computer_compliance",
        key="computer_id",
        help="Whether software is on the computer as it should be.",
        multi=True,
        fields=(
            FilterField("name", Type.TEXT, "name of the software", of=("software", "name")),
            FilterField("state", Type.TEXT, ", ".join(STATES), of=("software", "detect", "applies", "package")),
            FilterField("source", Type.TEXT, "who said so: inventory, delivery ...", of=("software", "detect")),
            FilterField("since", Type.TIME, "since when it is so", of=("software", "detect")),
        ),
        tables=("software_state",),
        links=(("software", Link("software_state", "software_id", "computer_id")),),
    ),
)

HOOKS = {
    "classes_asked": "itmsctl.software.service.ruled:classes_asked",
    "classes_changed": "itmsctl.software.service.waiting:note_due",
    "tick_begins": "itmsctl.software.service.ticked:judge_waiting",
    "computer_sections": "itmsctl.software.service.status:computer_sections",
    "task_kind:delivery": "itmsctl.software.action:ACTION",
    "interviewer:delivery": "itmsctl.software.service.deliverer:DELIVERER",
}
