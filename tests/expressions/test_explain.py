from __future__ import annotations

from itmsctl.expressions.evaluate import Record
from itmsctl.expressions.explain import explain
from itmsctl.expressions.parse import parse
from tests.expressions.world import NOW, REGISTRY

RECORD = Record(
    {
        "computer": [{"name": "pc-1", "os_family": None}],
        "tags": [{"key": "env", "value": "prod"}],
        "software": [{"name": "vim", "size": 1}, {"name": "firefox", "size": None}, {"name": "firefox", "size": 9}],
    },
    frozenset({"software"}),
)


def _explained(text):
    return explain(parse(text, REGISTRY), RECORD, now=NOW, registry=REGISTRY)


def test_every_clause_has_its_answer():
    root = _explained("name = 'pc-1' and (os_family = 'linux' or not tags.env = 'prod')")
    assert (root.kind, root.truth) == ("and", None)
    name, either = root.parts
    assert (name.text, name.truth, name.readings[0].values) == ("name = 'pc-1'", True, ("pc-1",))
    family, negated = either.parts
    assert (family.truth, family.why) == (None, "os_family has no value")
    assert (negated.kind, negated.truth, negated.parts[0].readings[0].field) == ("not", False, "env")


def test_rows_that_decide_come_first():
    clause = _explained("software(name = 'firefox' and size < 5)")
    assert clause.truth is None
    assert clause.why == "0 of 3 rows do, 1 may"
    assert [row.truth for row in clause.rows] == [None, False, False]
    assert clause.rows[0].values == (("name", "firefox"), ("size", None))


def test_what_was_never_collected_is_said():
    clause = _explained("os.name = 'Debian'")
    assert (clause.truth, clause.why, clause.readings[0].collected) == (None, "os was never collected", False)
    assert _explained("collected(os)").why == "it was never collected"
    assert _explained("address = '10.0.0.1'").why == "there are no addresses"
