"""What the room `plans` offers: groups of one command each; it has no nouns of its own."""

from __future__ import annotations

from itmsctl.values.kind import Group

GROUPS = (
    Group("export", "Write the whole estate as documents that `apply` reads.", "export_app", "commands.export"),
    Group("schema", "Print the JSON Schema of documents, for editors.", "schema_app", "commands.export"),
)
