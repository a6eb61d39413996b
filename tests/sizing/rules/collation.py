"""Cases of SZ-215."""

from __future__ import annotations

from tests.sizing.designs import Fires, Quiet, design, ns

FIRES: Fires = {
    "another": (design(ns(collation="Cyrillic_General_CI_AS")), ["hq"]),
}
QUIET: Quiet = {
    "the default": design(ns(collation="latin1_general_ci_as")),
    "both spellings": design(
        ns("a", collation="SQL_Latin1_General_CP1_CI_AS"), ns("b", collation="Latin1_General_CP1_CI_AS")
    ),
    "not stated": design(ns()),
}
