"""The user who uses a computer most is learned from logons, and never in place of what a person said."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from itmsctl.cmdb.store import Store
from itmsctl.inventory.service.primary_users import primary_user_of, relate_primary_users
from itmsctl.inventory.told import Told
from itmsctl.resources.service.computers import COMPUTERS
from tests.conftest import START, Run

CASES: tuple[tuple[str, dict[str, list[dict[str, Any]]]], ...] = (
    ("jane", {"last_logon": [{"user": "bob", "primary_user": "jane"}]}),
    ("jane", {"last_logon": [{"primary_user": "EXAMPLE\\jane"}]}),
    ("jane", {"logons": [{"user": "root"}, {"user": "root"}, {"user": "jane"}, {"user": "jane"}, {"user": "bob"}]}),
    ("bob", {"logons": [{"user": "jane"}, {"user": "bob"}]}),
    ("", {"logons": [{"user": "root"}, {"user": "SYSTEM"}, {"user": "\x1b[2J"}, {}]}),
    ("", {"last_logon": [{"user": "bob"}]}),
    ("", {}),
)


@pytest.mark.parametrize(("user", "classes"), CASES)
def test_who_it_is(user: str, classes: dict[str, list[dict[str, Any]]]) -> None:
    assert primary_user_of(classes) == user


def tell(store: Store, user: str, *, days: int = 1) -> None:
    told = Told("gatherer", START - timedelta(days=days), {"last_logon": [{"primary_user": user}]})
    store.write(lambda unit: relate_primary_users(unit, [(COMPUTERS.get(unit, "pc1").id, told)]))


def related(ok: Run) -> list[tuple[str, str]]:
    return [(row["object"], row["source"]) for row in ok("association", "list", "-o", "json").json]


def test_it_follows_the_logons_until_a_person_says_it(ok: Run, store: Store) -> None:
    ok("computer", "add", "pc1")
    tell(store, "jane")
    assert related(ok) == [("jane", "gatherer")]
    tell(store, "Jane")
    assert related(ok) == [("jane", "gatherer")]
    tell(store, "bob")
    assert related(ok) == [("bob", "gatherer")]
    assert ok("user", "list", "-o", "name").out == "bob\njane\n"
    ok("association", "remove", "pc1", "primary-user", "bob")
    ok("association", "add", "pc1", "primary-user", "carol")
    tell(store, "jane")
    assert related(ok) == [("carol", "admin")]
