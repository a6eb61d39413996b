"""What the noun of `policies` is, and what the room adds to `schedule`."""

from __future__ import annotations

from itmsctl.values.column import TableColumn
from itmsctl.values.kind import Danger, Field, Group, Kind, Type
from itmsctl.values.replicated import item

GROUPS = (
    Group("policy", "Say what is run on which computers when, by itself.", "policy_app", "commands.policy", part="run"),
)

AGENT = "agent"
"""The transport of a policy that contacts nobody: computers carry it out by themselves, and others are left alone."""

WORKLOADS = (
    "full-inventory",
    "delta-inventory",
    "time-critical-inventory",
    "basic-inventory",
    "patch",
    "delivery",
    "task",
)

# The tick's own columns. A noun of another room whose `own` they are, with the fields that say whom, when and how, is
# driven as a policy is; its shelf derives from `service.policies.Policies` (`rows.driven`).
TICKED = (
    TableColumn("put_to_use", "time", null=True),
    TableColumn("handled", "time", null=True),
    TableColumn("timing", null=True),
    TableColumn("event_id", "int", default=0),
)

# What a parent may open to edits of its children of every noun that the tick drives (HIER-10), and what stays.
OPENED = (
    "enabled", "schedule", "target", "deadline_s", "ignore_windows", "profile", "credentials", "user", "port",
    "connect_timeout_s",
)  # fmt: skip
LOCAL = ("key_files",)

POLICY = Kind(
    name="policy",
    table="policy",
    help="A policy: a task or job, whom it runs on, and what triggers it (POL-1, POL-8).",
    shelf="itmsctl.policies.service.policies:POLICIES",
    own=TICKED,
    danger=Danger.MODERATE,
    replication=item(*OPENED, "parameters", "batch", "max_fail", "splay_s", local=LOCAL),
    fields=(
        Field("task", "Task that is run.", Type.REF, ref="task", column="task_id"),
        Field("job", "Job that is run.", Type.REF, ref="job", column="job_id"),
        Field(
            "target",
            "Target, filter or group; a & b; all. Looked up each time.",
            required=True,
            selects=("target", "filter", "group", "view"),
        ),
        Field("schedule", "Schedule that triggers it.", Type.REF, ref="schedule", column="schedule_id"),
        Field("event", "Event that triggers it: joined, run-failed:NAME, run-succeeded:NAME, or a word.", option="on"),
        Field("parameters", "Value of a parameter.", Type.MAP, option="param"),
        Field("deadline_s", "How long absent computers wait in the queue: 7d.", Type.DURATION, option="deadline"),
        Field("ignore_windows", "Do not wait for maintenance windows.", Type.BOOL, option="ignore_window"),
        Field("batch", "Sizes of waves, one after the other: 1,5,25%,100%."),
        Field("rings", "Nested rings by a hash: 1%,10%,50%,100%."),
        Field("seed", "Which computers the rings begin with. Default: the policy's name."),
        Field("max_fail", "Start no more once so many failed: N or P%."),
        Field("gate_success", "Share of a wave that must succeed: 95%."),
        Field("soak_s", "Wait after each wave: 30m.", Type.DURATION, option="soak"),
        Field("health", "What a wave's computers must match after it."),
        Field("splay_s", "Spread the starts over this time.", Type.DURATION, option="splay"),
        Field("profile", "Connection profile.", Type.REF, ref="profile", column="profile_id"),
        Field(
            "transport",
            "How computers are reached; agent: those with an agent carry it out by themselves, nobody is contacted.",
            choices=("ssh", "openssh", "smb", "local", AGENT),
        ),
        Field("key_files", "File with a private key.", Type.LIST, option="key"),
        Field(
            "credentials", "Credential of the vault; again for sudo.", Type.LIST, ref="credential", option="credential"
        ),
        Field("use_agent", "Use the keys of the SSH agent.", Type.BOOL, option="agent"),
        Field("user", "Log in as this user."),
        Field("port", "Port.", Type.INT),
        Field("accept_new", "Pin the host key of computers that have none yet.", Type.BOOL),
        Field("connect_timeout_s", "From first packet to login: 10s.", Type.DURATION, option="connect_timeout"),
        Field("confirm", "Let it pass the guard for so many computers: TASK:COUNT."),
        Field("workload", "What kind of load its runs are, for `sizing`.", choices=WORKLOADS),
        Field("payload_kbit", "What one run moves for each computer, in kbit, for `sizing`.", Type.REAL),
        Field("enabled", "It is put to use. Default: yes.", Type.BOOL, negative="disabled", kept=True, default=True),
        Field("owner", "Who answers for it."),
        Field("description", "What people should know about it."),
    ),
)


WAY_AND_OWNER = (
    "profile", "transport", "key_files", "credentials", "use_agent", "user", "port", "accept_new", "connect_timeout_s",
    "confirm", "payload_kbit", "enabled", "owner", "description",
)  # fmt: skip
"""Fields that every noun has which the tick drives: how computers are reached, whether it is in use, whose it is."""


def as_of_policies(*names: str) -> tuple[Field, ...]:
    """Return fields that mean of another noun what they mean of a policy."""
    return tuple(field for field in POLICY.fields if field.name in names)


KINDS = (POLICY,)

VERBS = {
    "schedule": "itmsctl.policies.commands.tick:register",
    "membership": "itmsctl.policies.commands.upkeep:register",
}

HOOKS = {
    "doctor": "itmsctl.policies.service.calling:findings",
    "db_status": "itmsctl.policies.service.calling:status",
    "object_used": "itmsctl.policies.service.policies:users_of",
    "schedule_uses": "itmsctl.policies.service.policies:schedule_uses",
    "collection_users": "itmsctl.policies.service.policies:collection_users",
    "database_restored": "itmsctl.policies.service.policies:database_restored",
    "purgeable": "itmsctl.policies.service.purging:purgeable",
    "audit_needed": "itmsctl.policies.service.purging:audit_needed",
    "runs_purged": "itmsctl.policies.service.purging:runs_purged",
    "run_ended": "itmsctl.policies.service.outbox:run_ended",
}
