"""What the nouns of `metering` are, and what filters ask of what is used."""

from __future__ import annotations

from itmsctl.policies.kinds import LOCAL, OPENED, TICKED, WAY_AND_OWNER, as_of_policies
from itmsctl.values.kind import Danger, Field, FilterClass, FilterField, Group, Kind, Type
from itmsctl.values.replicated import item

METER, DENY = "meter", "deny"
ACTIONS = (METER, DENY)
DAY, FULL = "day", "full"
DETAILS = (DAY, FULL)
CLASS = "usage"  # what filters ask, and what states say is known of a computer

GROUPS = (
    Group(
        "metering-policy",
        "Say which programs are metered or denied on which computers.",
        "metering_policy_app",
        "commands.metering_policy",
        part="keep",
    ),
    Group(
        "metering",
        "See which programs are used, by whom and how long, and which are not.",
        "metering_app",
        "commands.metering",
        part="keep",
    ),
)


METERING_POLICY = Kind(
    name="metering-policy",
    table="metering_policy",
    help="A metering policy: which programs are metered, or denied, on which computers (MTR-4, MTR-5).",
    shelf="itmsctl.metering.service.policies:METERING_POLICIES",
    own=TICKED,
    danger=Danger.MODERATE,
    replication=item(*OPENED, "every_s", "throttle_s", local=LOCAL),
    fields=(
        Field(
            "action",
            "Their use is recorded (meter, the default), or they are not to be used: a use is a violation (deny).",
            choices=ACTIONS,
            null=False,
        ),
        Field("files", "File name of a program: firefox, '*.exe'; '!sh' leaves out.", Type.LIST, option="file"),
        Field("paths", "Path of a program: '/opt/*'.", Type.LIST, option="path"),
        Field("products", "Product or package that it belongs to: 'libreoffice*'.", Type.LIST, option="product"),
        Field("vendors", "Who made it: 'Mozilla*'.", Type.LIST, option="vendor"),
        Field("versions", "Version: 115.2, '115.*' or '<115'.", Type.LIST, option="version"),
        Field(
            "target",
            "Target, filter or group; a & b; all, which is the default. Looked up each time.",
            null=False,
            selects=("target", "filter", "group", "view"),
        ),
        Field(
            "detail",
            "What is kept: sums by day (day, the default), or each start, stop and denial too (full).",
            choices=DETAILS,
            null=False,
        ),
        *as_of_policies("schedule"),
        Field("every_s", "Repeat it after this long, without a schedule: 4h.", Type.DURATION, option="every"),
        Field("throttle_s", "Spread the starts over this time: 1h.", Type.DURATION, option="throttle"),
        *as_of_policies(
            "deadline_s",
            "ignore_windows",
            *WAY_AND_OWNER,
        ),
    ),
)

KINDS = (METERING_POLICY,)

FILTER_CLASSES = (
    FilterClass(
        name=CLASS,
        table="v_computer_usage",
        key="computer_id",
        help="Programs that were used, or denied, as metering policies record it.",
        multi=True,
        collected_in="metering_state",
        fields=(
            FilterField("program", Type.TEXT, "file name of the program, without .exe"),
            FilterField("path", Type.TEXT, "its path, where that is known"),
            FilterField("product", Type.TEXT, "product or package that it belongs to"),
            FilterField("vendor", Type.TEXT, "who made it"),
            FilterField("version", Type.VERSION, "its version", order="version_key"),
            FilterField("first_used", Type.TIME, "when it was first used"),
            FilterField("last_used", Type.TIME, "when it was last used"),
            FilterField("last_user", Type.TEXT, "who used it last"),
            FilterField("starts", Type.INT, "how often it was started"),
            FilterField("minutes", Type.REAL, "how long it ran, all in all"),
            FilterField("peak", Type.INT, "how often it ran at once, at most"),
            FilterField("denials", Type.INT, "how often it was stopped from running"),
            FilterField("last_denied", Type.TIME, "when it was last stopped from running"),
            FilterField("violations", Type.INT, "how often it was used although a policy denies it"),
            FilterField("last_violated", Type.TIME, "when it was last used although a policy denies it"),
        ),
        tables=("metering_usage",),
    ),
)

HOOKS = {
    "computer_sections": "itmsctl.metering.service.looking:computer_sections",
    "computers_merged": "itmsctl.metering.service.merging:hand_over",
    "interviewer:metering": "itmsctl.metering.service.gathering:METERING_INTERVIEWER",
    "leftovers": "itmsctl.metering.service.keeping:leftovers",
    "predefined": "itmsctl.metering.predefined:predefined",
    "purgeable": "itmsctl.metering.service.keeping:purgeable",
    "task_kind:metering": "itmsctl.metering.action:ACTION",
    "usage_told": "itmsctl.metering.service.storing:usage_told",
}
