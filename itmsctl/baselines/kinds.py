"""What the noun of `baselines` is, and what filters ask of it."""

from __future__ import annotations

from itmsctl.values.kind import Danger, Field, FilterClass, FilterField, Group, Kind, Link, Type
from itmsctl.values.replicated import item

COMPLIANT, DEVIATING, UNKNOWN = "compliant", "deviating", "unknown"
STATES = (COMPLIANT, DEVIATING, UNKNOWN)
CHANGED, MISSING, EXTRA = "changed", "missing", "extra"
FILES = "files"  # the data class that is meant where none is said

GROUPS = (
    Group("baseline", "Hold computers against a reference: what deviates, and where.", "baseline_app", part="keep"),
)

BASELINE = Kind(
    name="baseline",
    table="baseline",
    help="A baseline: rows of a data class as they should be, such as files by their digests (INV-10).",
    shelf="itmsctl.baselines.service.baselines:BASELINES",
    danger=Danger.MODERATE,
    replication=item("include", "exclude", "allow_extra"),
    fields=(
        Field("data_class", f"Data class that is compared. Default: {FILES}.", option="class", null=False),
        Field("columns", "Column that is compared. Default: all that it holds.", Type.LIST, option="column"),
        Field("include", "Only rows whose key matches, such as '/usr/bin/*'.", Type.LIST),
        Field("exclude", "Not those whose key matches.", Type.LIST),
        Field("allow_extra", "A row that it does not hold is no deviation.", Type.BOOL),
        Field("rows", "Rows as they should be: one JSON object a line, with the key of the class.", required=True),
        Field("reference", "Computer that it was made from."),
        Field("owner", "Who owns it."),
        Field("description", "What people should know about it."),
    ),
)

KINDS = (BASELINE,)

FILTER_CLASSES = (
    FilterClass(
        name="baselines",
        table="v_computer_baseline",
        key="computer_id",
        help="What the last comparison with each baseline found.",
        multi=True,
        fields=(
            FilterField("name", Type.TEXT, "name of the baseline", of=("baseline", "name")),
            FilterField("state", Type.TEXT, ", ".join(STATES), of=("baseline", "rows")),
            FilterField("compliance", Type.REAL, "share of its rows that match, 0 to 1", of=("baseline", "rows")),
            FilterField("changed", Type.INT, "rows that are otherwise", of=("baseline", "rows")),
            FilterField("missing", Type.INT, "rows that are not there", of=("baseline", "rows")),
            FilterField("extra", Type.INT, "rows beyond it", of=("baseline", "rows")),
            FilterField("compared_at", Type.TIME, "when it was compared", of=("baseline", "rows")),
        ),
        tables=("baseline_result",),
        links=(("baseline", Link("baseline_result", "baseline_id", "computer_id")),),
    ),
)

HOOKS = {"computer_sections": "itmsctl.baselines.service.results:computer_sections"}
