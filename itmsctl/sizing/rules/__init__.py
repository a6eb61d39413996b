"""Rules of sizing, one a file, found by listing. Each file has a `RULE`; its cases stand in `tests/sizing/rules/`."""
