"""Formats of other tools that are read: one file a tool, registered by listing."""
