"""What the nouns of `targeting` are."""

from __future__ import annotations

from itmsctl.values.column import TableColumn
from itmsctl.values.kind import Danger, Field, Group, Kind, Owner, Type
from itmsctl.values.replicated import item

_PARTS = ("filter", "group", "view")
# The checked expression, the data classes that decide when to look again, and whether it holds now().
_RULE = (
    TableColumn("tree", "json", null=True),
    TableColumn("classes", "json", null=True),
    TableColumn("volatile", "bool", default=False),
)

GROUPS = (
    Group(
        "filter",
        "Store queries over computers; their members follow by membership updates.",
        "filter_app",
        part="target",
    ),
    Group("view", "Mirror a structure of the real world: organizational views hold groups.", "view_app", part="target"),
    Group("group", "Group computers inside a view, by hand or by an expression.", "group_app", part="target"),
    Group("target", "Say what tasks aim at: views or groups, filters, exclusions.", "target_app", part="target"),
    Group(
        "membership", "Bring filters, groups and targets up to date; list the runs.", "membership_app", part="target"
    ),
)

FILTER = Kind(
    name="filter",
    table="filter",
    help="A stored query; its members are the computers that surely match (FILT-1).",
    shelf="itmsctl.targeting.service.filters:FILTERS",
    own=_RULE,
    replication=item(),
    fields=(
        Field(
            "type", "basic, query or sql: follows from what the filter was given.", Type.TEXT, Owner.SYSTEM, null=False
        ),
        Field("where", "Expression over the computer's fields (FILT-3).", asks=("data-class",)),
        Field("sql", "One SELECT over the documented views that gives a column `guid` (FILT-4)."),
        Field("members", "Computer put in by hand (FILT-2).", Type.LIST, ref="computer", option="member", apart=True),
        Field("description", "What people should know about it."),
    ),
)

VIEW = Kind(
    name="view",
    table="org_view",
    help="An organizational view: a hierarchy of groups that mirrors a real structure (ORG-1).",
    shelf="itmsctl.targeting.service.groups:VIEWS",
    danger=Danger.MODERATE,
    replication=item(),
    fields=(Field("description", "What people should know about it."),),
)

GROUP = Kind(
    name="group",
    table="org_group",
    help="An organizational group: static or dynamic; it holds its children's members too (ORG-2, ORG-3).",
    shelf="itmsctl.targeting.service.groups:GROUPS",
    own=_RULE,
    danger=Danger.MODERATE,
    replication=item(),
    fields=(
        Field(
            "view",
            "View that it belongs to; a child's is its parent's.",
            Type.REF,
            ref="view",
            column="view_id",
            null=False,
        ),
        Field("parent", "Group that it lies in.", Type.REF, ref="group", column="parent_id"),
        Field("type", "static or dynamic: follows from what the group was given.", Type.TEXT, Owner.SYSTEM, null=False),
        Field("where", "Expression over the computer's fields: makes it dynamic.", asks=("data-class",)),
        Field("members", "Computer put in by hand.", Type.LIST, ref="computer", option="member", apart=True),
        Field("description", "What people should know about it."),
    ),
)

TARGET = Kind(
    name="target",
    table="target",
    help="What tasks aim at: computers in any of the views or groups, in all filters, in no exclusion (TGT-9).",
    shelf="itmsctl.targeting.service.targets:TARGETS",
    own=(TableColumn("definition", "json"),),
    danger=Danger.MODERATE,
    replication=item(),
    fields=(
        Field("owner", "Who owns it; the owner's scope limits it (TGT-2). Default: who adds it.", null=False),
        Field(
            "views",
            "View to start from; `all`, or none at all, is every computer.",
            Type.LIST,
            ref="view",
            option="view",
            apart=True,
        ),
        Field("groups", "Group to start from.", Type.LIST, ref="group", option="group", apart=True),
        Field("filters", "Filter that every member passes.", Type.LIST, ref="filter", option="filter", apart=True),
        Field(
            "excludes",
            "Filter or group whose members are left out.",
            Type.LIST,
            option="exclude",
            selects=_PARTS,
            apart=True,
        ),
        Field("is", "Set expression that every member fits: 'linux & rome - servers'.", selects=_PARTS, apart=True),
        Field("description", "What people should know about it."),
    ),
)

KINDS = (FILTER, VIEW, GROUP, TARGET)

# The kinds whose objects are collections of computers, in the order in which a name without a prefix is looked up.
COLLECTIONS = (TARGET, FILTER, GROUP, VIEW)

HOOKS = {
    "classes_asked": "itmsctl.targeting.service.structure:classes_asked",
    "targeted": "itmsctl.targeting.service.picking:targeted",
    "memberships": "itmsctl.targeting.service.losses:Members",
    "object_renamed": "itmsctl.targeting.service.naming:renamed",
    "object_removed": "itmsctl.targeting.service.naming:removed",
    "computer_removed": "itmsctl.targeting.service.departures:forget",
    "purgeable": "itmsctl.targeting.service.purging:purgeable",
    "computers_merged": "itmsctl.targeting.service.departures:merge",
}
