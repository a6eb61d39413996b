"""Kinds of tasks, one a file: what each takes, and the operations that it leads to. Found by listing."""
