"""One file a tool: a `PARSER` of pure functions from what it prints to rows. They are found by listing."""
