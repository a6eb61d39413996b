"""What the room `admin` offers: groups only; it has no nouns of its own."""

from __future__ import annotations

from itmsctl.values.kind import Group

GROUPS = (
    Group("db", "Make, upgrade, check, back up and restore the database.", "db_app", "commands.db", part="database"),
    Group("history", "Show what happened to an object: who, when, why.", "history_app", "commands.past", part="know"),
    Group(
        "audit", "Read and verify the audit: every change, chained by hash.", "audit_app", "commands.past", part="keep"
    ),
    Group("config", "Show settings and where each comes from.", "config_app", "commands.guide", part="database"),
    Group(
        "doctor",
        "Check what a new user trips over, and say how to fix it.",
        "doctor_app",
        "commands.health",
        part="keep",
    ),
    Group(
        "support",
        "Gather what somebody who helps must know, without secrets.",
        "support_app",
        "commands.support",
        part="keep",
    ),
    Group(
        "completion",
        "Print the script by which bash, zsh or fish completes commands, options and names.",
        "completion_app",
        "commands.completion",
        part="database",
    ),
    Group("version", "Say which version this is.", "version_app", "commands.guide", part="database"),
    Group(
        "help",
        "Explain exit codes, selectors, fields, output, environment; find the documentation.",
        "help_app",
        "commands.guide",
        part="database",
    ),
)

VERBS = {"db": "itmsctl.admin.commands.care:register"}

HOOKS = {
    "doctor": (
        "itmsctl.admin.service.care:check",
        "itmsctl.admin.service.stored:check",
        "itmsctl.admin.service.stored:predefined",
    )
}
