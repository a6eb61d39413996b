"""Names that read like another one of their kind are refused for every kind, by every way in; on both engines."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa

from itmsctl.cmdb.store import Store
from itmsctl.cmdb.work import UnitOfWork
from itmsctl.sites.service.subnet import DeferredSubnets
from tests.conftest import Run

PARIS = "p\u0430ris"  # a Cyrillic a


@pytest.mark.parametrize(
    ("first", "second"), [("paris", PARIS), (PARIS, "paris"), ("paris", "paris."), ("PARIS", PARIS)]
)
def test_a_twin_is_refused_in_either_order(run: Run, ok: Run, first: str, second: str) -> None:
    ok("site", "add", first)
    refused = run("site", "add", second)
    assert (refused.code, f"`{second}` reads like the site `{first}`" in refused.err) == (6, True)
    assert "[NAME-TOO-SIMILAR]" in refused.err
    ok("site", "add", "rome")
    assert run("site", "set", "rome", "--rename", second).code == 6
    ok("site", "set", first, "--rename", second)  # its own twin it may become
    assert run("site", "add", first).code == 6
    ok("site", "remove", second, "--confirm", second)
    ok("site", "add", first)


def test_every_kind_is_asked(run: Run, ok: Run) -> None:
    ok("view", "add", "v")
    for argv in (
        ("filter", "add", "{}", "--where", "true"),
        ("view", "add", "{}"),
        ("group", "add", "{}", "--view", "v"),
        ("target", "add", "{}", "--view", "v"),
        ("task", "add", "{}", "--command", "true"),
        ("schedule", "add", "{}", "--daily", "02:00"),
        ("profile", "add", "{}", "--user", "root"),
        ("computer", "add", "{}"),
    ):
        ok(*(word.format("paris") for word in argv))
        refused = run(*(word.format(PARIS) for word in argv))
        assert (argv[0], refused.code, "NAME-TOO-SIMILAR" in refused.err) == (argv[0], 6, True), refused.err


def test_files_are_asked_too(run: Run, ok: Run, tmp_path: Path) -> None:
    documents = tmp_path / "two.yaml"
    documents.write_text(f"kind: site\nname: paris\n---\nkind: site\nname: {PARIS}\n")
    refused = run("apply", "-f", str(documents))
    assert (refused.code, "reads like the site" in refused.err) == (6, True)
    table = run("site", "import", "-", stdin=f"name\nparis\n{PARIS}\n")
    assert (table.code, ":3" in table.err, "reads like the site `paris`" in table.err) == (3, True, True)
    assert ok("site", "list", "-o", "name").out == ""
    ok("computer", "add", PARIS)
    known = run("computer", "import", "-", stdin="name\nparis\n")
    assert (known.code, f"reads like the computer `{PARIS}`" in known.err) == (3, True)
    assert run("computer", "add", "paris").code == 6


def test_what_many_names_cost_does_not_grow_with_what_is_there(store: Store) -> None:
    """The names of other letters are read once in a unit of work, not again behind each name that is added."""
    read: list[str] = []

    def watch(_c: object, _u: object, statement: str, *_: object) -> None:
        if "name LIKE" in statement.replace("subnet.", "") and (
            "octet_length" in statement or "length(CAST" in statement
        ):
            read.append(statement)

    def add(unit: UnitOfWork) -> None:
        shelf = DeferredSubnets()
        for number in range(50):
            shelf.add(unit, f"10.{number}.0.0/16", {})

    sa.event.listen(store.engine, "before_cursor_execute", watch)
    store.write(add)
    assert len(read) == 1, read[:2]


def test_twins_in_one_unit_of_work_are_found(store: Store) -> None:
    from itmsctl.errors import NameTooSimilarError
    from itmsctl.sites.service.site import SITES

    def pair(first: str, second: str) -> None:
        def add(unit: UnitOfWork) -> None:
            SITES.add(unit, "rome", {})
            SITES.add(unit, first, {})
            SITES.add(unit, second, {})

        with pytest.raises(NameTooSimilarError):
            store.write(add)

    pair("paris", PARIS)
    pair(PARIS, "paris")
    pair("paris.", "paris")
