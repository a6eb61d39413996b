"""What the noun of `agents` is: how agents of a target behave; and states of an agent (AGENT-8, AGENT-12, AGENT-17)."""

from __future__ import annotations

from itmsctl.policies.kinds import TICKED, as_of_policies
from itmsctl.values.kind import Danger, Field, Group, Kind, Type
from itmsctl.values.replicated import item, never

PENDING, APPROVED, REJECTED, REVOKED, SUSPENDED = "pending", "approved", "rejected", "revoked", "suspended"
STATES = (PENDING, APPROVED, REJECTED, REVOKED, SUSPENDED)

APPROVE, REJECT, QUEUE = "approve", "reject", "queue"
ACTIONS = (APPROVE, REJECT, QUEUE)
FIRST_RANK = 100  # of a rule that says none

GROUPS = (
    Group(
        "agent",
        "Have computers act by themselves: build their agent, take them on, give them policy.",
        "agent_app",
        "commands.agent",
        part="run",
    ),
    Group(
        "agent-settings",
        "Say how often agents ask, where they read and where they tell.",
        "agent_settings_app",
        "commands.agent_settings",
        part="run",
    ),
    Group(
        "registration-rule",
        "Say which agents are taken on by themselves, which are refused, and which wait for a person.",
        "registration_rule_app",
        "commands.registration_rule",
        part="run",
    ),
)

AGENT_SETTINGS = Kind(
    name="agent-settings",
    table="agent_settings",
    help="Settings of the agents of a target: how often they ask, where they read and tell (AGENT-8, AGENT-12).",
    shelf="itmsctl.agents.service.settings:AGENT_SETTINGS_SHELF",
    own=TICKED,
    danger=Danger.MODERATE,
    replication=item("interval_s", "inventory_s", "splay_s", "lasts_s", "self_update", "schedule", "enabled",
                     local=("folder", "source", "inbox", "collected")),
    fields=(
        Field(
            "target",
            "Computers that they are for: target, filter or group; a & b; all, which is the default.",
            null=False,
            selects=("target", "filter", "group", "view"),
        ),
        Field("site", "Site whose share or web folder it is; its computers only.", Type.REF, ref="site",
              column="site_id"),
        Field("folder", "Folder of this machine that policy is written to: a share, or the root of a web server."),
        Field("source", "Where agents read it: a folder, or http(s)://HOST/PATH. Default: the folder."),
        Field("inbox", "Where agents put what they tell: a folder, or sftp://USER@HOST/PATH."),
        Field("collected", "Folder of this machine where that arrives. Default: the inbox.", option="collect_from"),
        Field("interval_s", "How often agents ask. Default: 1h.", Type.DURATION, option="interval"),
        Field("inventory_s", "How often they tell who they are (basic inventory). Default: 1d.", Type.DURATION,
              option="inventory"),
        Field("splay_s", "Spread their asking over this time.", Type.DURATION, option="splay"),
        Field("lasts_s", "How long policy is good for where nothing newer comes. Default: 30d.", Type.DURATION,
              option="lasts"),
        Field("self_update", "They renew themselves to the version of this server, when it publishes.", Type.BOOL),
        *as_of_policies("schedule", "enabled", "owner", "description"),
    ),
)  # fmt: skip

REGISTRATION_RULE = Kind(
    name="registration-rule",
    table="registration_rule",
    help="A rule for agents that ask to be taken on: the first that fits decides (AGENT-16).",
    shelf="itmsctl.agents.service.rules:REGISTRATION_RULES",
    danger=Danger.MODERATE,
    replication=never("agents are taken on only by the server that they are assigned to (AGENT-18)"),
    fields=(
        Field("action", "What becomes of those that it fits: approve, reject, or queue: they wait for a person.",
              choices=ACTIONS, required=True),
        Field("where", "Only those of which this is so, by what they say and what is known of their computer: "
              "\"known_by_serial and site = 'rome'\". Default: all."),
        Field("target", "Only those whose computer is known, and in this target, filter or group; a & b; all.",
              selects=("target", "filter", "group", "view")),
        Field("rank", f"Rules are tried by rank, then by name. Default: {FIRST_RANK}.", Type.INT),
        Field("enabled", "It is put to use. Default: yes.", Type.BOOL, negative="disabled", kept=True, default=True),
        Field("owner", "Who answers for it."),
        Field("description", "What people should know about it."),
    ),
)  # fmt: skip

KINDS = (AGENT_SETTINGS, REGISTRATION_RULE)

VERBS = {"event": "itmsctl.agents.commands.collecting:register"}

HOOKS = {
    "acts_by_itself": "itmsctl.agents.service.acting:acts_by_itself",
    "policy_steps": "itmsctl.agents.service.stages:policy_steps",
    "computer_sections": "itmsctl.agents.service.stages:computer_sections",
    "recorded": "itmsctl.agents.service.registry:recorded",
    "computer_removed": "itmsctl.agents.service.registry:computers_removed",
    "task_kind:agents": "itmsctl.agents.action:ACTION",
    "task_kind:agent": "itmsctl.agents.pushing:ACTION",
    "interviewer:agent": "itmsctl.agents.service.pusher:AGENT_PUSHER",
    "doctor": "itmsctl.agents.service.findings:findings",
    "server_function:agents": "itmsctl.agents.service.ticked:serve_agents",
}
