"""What the room `replication` offers: rules that say what a server gives which neighbours (REPL-1, REPL-2)."""

from __future__ import annotations

from itmsctl.policies.kinds import TICKED, as_of_policies
from itmsctl.values.kind import Danger, Field, Group, Kind, Type
from itmsctl.values.replicated import never

GROUPS: tuple[Group, ...] = (
    Group(
        "replication-rule",
        "Say what this server gives other management servers, which way, and when.",
        "replication_rule_app",
        "commands.replication_rule",
        part="keep",
    ),
    Group(
        "replication",
        "Give neighbours what rules say, and see what would go.",
        "replication_app",
        "commands.replication",
        part="keep",
    ),
)

DOWN, UP, OUT = "down", "up", "out"
DIFFERENTIAL, COMPLETE = "differential", "complete"

REPLICATION_RULE = Kind(
    name="replication-rule",
    table="replication_rule",
    help="A replication rule: what goes to which neighbours, which way, and when (REPL-1).",
    shelf="itmsctl.replication.service.rules:REPLICATION_RULES",
    replication=never("each server says itself what it gives away (REPL-20)"),
    own=TICKED,
    danger=Danger.MODERATE,
    fields=(
        Field(
            "direction",
            "Down to the children, up to the parent; out: a standalone rule, to servers that it names (REPL-2).",
            choices=(DOWN, UP, OUT),
            required=True,
        ),
        Field(
            "kinds",
            "Kind that goes: items, resources, packages, security, events, or one of the nouns.",
            Type.LIST,
            required=True,
            option="kind",
        ),
        Field("classes", "Data class whose rows go with the computers.", Type.LIST, option="class"),
        Field("servers", "Neighbour that it goes to. Default: all children, or the parent.", Type.LIST, option="to"),
        Field(
            "target",
            "Computers that go: target, filter or group; a & b; all, which is the default.",
            null=False,
            selects=("target", "filter", "group", "view"),
        ),
        *as_of_policies("schedule"),
        Field(
            "mode",
            "What has changed is sent (differential, the default), or everything each time.",
            choices=(DIFFERENTIAL, COMPLETE),
            null=False,
        ),
        Field("verify_pct", "Share in percent that each run has compared there, another one each time.", Type.INT,
              option="verify"),
        Field("until", "Last day whose events are told: 2026-12-31. A rule that gives events needs it (REPL-14)."),
        Field("purge", "What is removed here is removed there too.", Type.BOOL, negative="keep"),
        Field("forced", "Let a standalone rule go between members of one hierarchy (REPL-19).", Type.BOOL),
        *as_of_policies("enabled", "owner", "description"),
    ),
)  # fmt: skip

KINDS = (REPLICATION_RULE,)

VERBS = {
    "hierarchy": (
        "itmsctl.replication.commands.ownership:register",
        "itmsctl.replication.commands.health:register",
    ),
    "replication": "itmsctl.replication.commands.transfer:register",
}

HOOKS = {
    "object_guarded": "itmsctl.replication.service.guarding:guard",
    "secrets_wait": "itmsctl.replication.service.secrets:take_in",
    "recorded": "itmsctl.replication.service.opening:recorded",
    "peer_joined": "itmsctl.replication.service.rules:make_defaults",
    "peer_leaving": "itmsctl.replication.service.leaving:tell",
    "peer_left": "itmsctl.replication.service.leaving:left",
    "peer_gone": "itmsctl.replication.service.leaving:clear",
    "purgeable": "itmsctl.replication.service.told:purgeable",
    "ticked": "itmsctl.replication.commands.replication:ticked",
    "task_kind:replication": "itmsctl.replication.action:ACTION",
    "server_function:replication": "itmsctl.replication.service.ticked:replicate",
}
