"""What the room `admin` offers: groups only; it has no nouns of its own."""

from __future__ import annotations

from itmsctl.values.kind import Group

GROUPS = (
    Group("db", "Make, upgrade, check, back up and restore the database.", "db_app", "commands.db"),
    Group("history", "Show what happened to an object: who, when, why.", "history_app", "commands.past"),
    Group("audit", "Read and verify the audit: every change, chained by hash.", "audit_app", "commands.past"),
    Group("config", "Show settings and where each comes from.", "config_app", "commands.guide"),
    Group("doctor", "Check what a new user trips over, and say how to mend it.", "doctor_app", "commands.health"),
    Group("support", "Gather what somebody who helps must know, without secrets.", "support_app", "commands.support"),
    Group(
        "help",
        "Explain exit codes, selectors, fields, output, environment; find the documentation.",
        "help_app",
        "commands.guide",
    ),
)

VERBS = {"db": "itmsctl.admin.commands.care:register"}

HOOKS = {"doctor": ("itmsctl.admin.service.care:check", "itmsctl.admin.service.stored:check")}
