"""Cases of the rules: a file for each of `sizing/rules/`, with FIRES (snapshot, objects) and QUIET (snapshots)."""
