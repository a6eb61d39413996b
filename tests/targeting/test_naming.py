"""A site, subnet or computer gets another name, or goes: filters and groups that name it follow, or are told of."""

from __future__ import annotations

import pytest

from itmsctl.expressions import renaming
from itmsctl.expressions.parse import parse
from itmsctl.expressions.wording import text
from tests.conftest import Run


@pytest.fixture
def named(ok: Run) -> Run:
    ok("site", "add", "later")
    ok("subnet", "add", "10.0.0.0/8", "--site", "later")
    ok("computer", "add", "pc1", "--address", "10.0.0.1", "--description", "later")
    ok("filter", "add", "bysite", "--where", "site = 'later' and description = 'later'")
    ok("view", "add", "v")
    ok("group", "add", "g", "--view", "v", "--where", "sites(site in ('later', 'x') and subnet = '10.0.0.0/8')")
    ok("filter", "add", "pattern", "--where", "site ~ 'later'")
    ok("filter", "add", "sql", "--sql", "SELECT guid FROM v_site_member WHERE site = 'later'")
    ok("filter", "add", "other", "--where", "description = 'later'")
    return ok


def _where(ok: Run, noun: str, name: str) -> str:
    found: str = ok(noun, "show", name).json["where"]
    return found


def test_a_renamed_site_is_followed(named: Run) -> None:
    said = named("site", "set", "later", "--rename", "it's").err
    assert "named `later`, and name `it's` now: filter `bysite`, group `g`" in said
    assert "name `later` in SQL or a pattern, and were left alone: filter `pattern`, filter `sql`" in said
    assert _where(named, "filter", "bysite") == "site = 'it''s' and description = 'later'"
    assert _where(named, "group", "g") == "sites(site in ('it''s', 'x') and subnet = '10.0.0.0/8')"
    assert _where(named, "filter", "other") == "description = 'later'"
    named("membership", "update", "--delta")
    assert named("filter", "members", "bysite", "-o", "name").out == "pc1\n"
    assert named("group", "members", "g", "-o", "name").out == "pc1\n"
    named("audit", "verify")
    named("db", "check")


def test_undoing_the_renaming_undoes_what_followed(named: Run) -> None:
    before = named("export", "site", "filter", "group").out
    named("site", "set", "later", "--rename", "sooner")
    last = str(named("audit", "list", "-o", "json").json[0]["seq"])
    named("undo", last, "--yes")
    assert named("export", "site", "filter", "group").out == before
    named("membership", "update", "--delta")
    assert named("filter", "members", "bysite", "-o", "name").out == "pc1\n"


def test_a_dry_run_says_it_and_changes_nothing(named: Run) -> None:
    assert "filter `bysite`" in named("site", "set", "later", "--rename", "sooner", "--dry-run").err
    assert _where(named, "filter", "bysite") == "site = 'later' and description = 'later'"


def test_subnets_and_computers_are_followed(named: Run) -> None:
    assert "name `10.0.0.0/9` now: group `g`" in named("subnet", "set", "10.0.0.0/8", "--rename", "10.0.0.0/9").err
    assert "subnet = '10.0.0.0/9'" in _where(named, "group", "g")
    named("filter", "add", "one", "--where", "name != 'pc1'")
    assert "name `pc2` now: filter `one`" in named("computer", "set", "pc1", "--rename", "pc2").err
    assert _where(named, "filter", "one") == "name != 'pc2'"


def test_who_leaves_a_site_is_said(named: Run) -> None:
    named("site", "add", "oslo")
    named("server", "add", "pc1", "--service", "task")
    named("computer", "add", "pc2", "--address", "10.0.0.2")
    moved = named("subnet", "set", "10.0.0.0/8", "--site", "oslo").err
    assert "2 computers leave site `later`; site servers among them: `pc1`" in moved
    named("subnet", "add", "10.0.0.0/30", "--site", "oslo")
    assert "leave" not in named("subnet", "remove", "10.0.0.0/30", "--yes").err  # they are in the site all the same
    gone = named("subnet", "remove", "10.0.0.0/8", "--yes").err
    assert "2 computers leave site `oslo`" in gone
    assert "still name subnet `10.0.0.0/8`: group `g`" in gone
    left = named("site", "remove", "later", "--confirm", "later").err
    assert "still name site `later`: filter `bysite`, filter `pattern`, group `g`, filter `sql`" in left


RENAMED = [
    ("site = 'a'", "site = 'b'"),
    ("not site = 'a' or site in ('a', 'c')", "not site = 'b' or site in ('b', 'c')"),
    ("count(sites(site = 'a')) > 1", "count(sites(site = 'b')) > 1"),
    ("sites(site != 'a' and subnet = 'a')", "sites(site != 'b' and subnet = 'a')"),
    ("name = 'a' and tags.site = 'a' and site like 'a'", "name = 'a' and tags.\"site\" = 'a' and site like 'a'"),
]


@pytest.mark.parametrize(("where", "expected"), RENAMED)
def test_only_comparisons_of_the_field_name_the_object(where: str, expected: str) -> None:
    assert text(renaming.renamed(parse(where), {("sites", "site")}, "a", "b")) == expected
