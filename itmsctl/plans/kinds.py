"""What the room `plans` offers: groups of one command each; it has no nouns of its own."""

from __future__ import annotations

from itmsctl.values.kind import Group

GROUPS = (
    Group(
        "apply",
        "Make the CMDB what documents say, or what a saved plan says.",
        "apply_app",
        "commands.apply",
        part="plan",
    ),
    Group("plan", "Say what applying documents would do; save it.", "plan_app", "commands.plan", part="plan"),
    Group("diff", "Show field by field how the CMDB differs from documents.", "diff_app", "commands.plan", part="plan"),
    Group(
        "apply-set",
        "Apply sets: what was applied under a name, and what belongs to it.",
        "sets_app",
        "commands.sets",
        part="plan",
    ),
    Group(
        "export",
        "Write the whole estate as documents that `apply` reads.",
        "export_app",
        "commands.export",
        part="plan",
    ),
    Group("schema", "Print the JSON Schema of documents, for editors.", "schema_app", "commands.export", part="plan"),
    Group(
        "undo", "Take a change-set back: what it changed is as it was before.", "undo_app", "commands.undo", part="keep"
    ),
)

HOOKS = {
    "as_of": "itmsctl.plans.service.looking_back:as_of",
    "shown_with": "itmsctl.plans.service.set_rows:shown_with",
}
