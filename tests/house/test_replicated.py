"""Every kind says how its objects come to other management servers, and says nothing that cannot be."""

from __future__ import annotations

import pytest

from itmsctl.values.kind import Kind, Owner, house
from itmsctl.values.kind_order import kinds_named
from itmsctl.values.replicated import Carried, Replication

KINDS = sorted(house().kinds(), key=lambda kind: kind.name)
ONE_WAY_DOWN = {Carried.ITEM, Carried.PACKAGE, Carried.SECURITY}


def wrong_with(kind: Kind) -> list[str]:
    """Return what is wrong with what a kind says of its replication."""
    said = kind.replication
    if said is None:
        return [f"{kind.name} does not say how it replicates: replication=item() in its Kind, or never(why)"]
    names = {field.name for field in kind.admin_fields}
    every = {field.name for field in kind.fields if field.owner is not Owner.REPORTED}
    found = [f"{kind.name}.{name} is no field" for name in said.editable if name not in names]
    found += [f"{kind.name}.{name} is no field" for name in said.stays if name not in every]
    found += [f"{kind.name}.{name} stays, so nobody opens it" for name in said.editable if name in said.stays]
    way = {Carried.RESOURCE: (True, True), Carried.NEVER: (False, False)}.get(said.what, (True, False))
    if (said.down, said.up) != way:
        found.append(f"{kind.name} is {said.what.value}, and those go (down, up) {way} (REPL-6..11)")
    if (said.what is Carried.NEVER) != bool(said.why):
        found.append(f"{kind.name}: what never replicates says why, and only that")
    if said.editable and said.what not in ONE_WAY_DOWN:
        found.append(f"{kind.name}: only what a parent sends down has fields that it opens (HIER-10)")
    return found


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_every_kind_says_how_it_replicates(kind: Kind) -> None:
    assert wrong_with(kind) == []


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_what_a_kind_names_comes_with_it(kind: Kind) -> None:
    """An object that goes down names none that stays: it could not be made there."""
    if kind.replication is None or not kind.replication.down:
        return
    for name in kinds_named(kind):
        other = house().kind(name)
        assert other is not None
        assert other.replication is not None, (kind.name, name)
        assert other.replication.down, (kind.name, name)


def _kind(replication: Replication | None) -> Kind:
    field = next(field for kind in KINDS for field in kind.fields if field.owner is Owner.ADMIN)
    return Kind(name="thing", table="thing", help="A thing.", fields=(field,), replication=replication)


@pytest.mark.parametrize(
    ("said", "words"),
    [
        (None, "does not say"),
        (Replication(Carried.NEVER), "says why"),
        (Replication(Carried.ITEM, down=True, up=True), "go (down, up)"),
        (Replication(Carried.RESOURCE, down=True), "go (down, up)"),
        (Replication(Carried.SECURITY, up=True), "go (down, up)"),
        (Replication(Carried.ITEM, down=True, editable=("nonsense",)), "is no field"),
        (Replication(Carried.ITEM, down=True, local=("nonsense",)), "is no field"),
        (Replication(Carried.ITEM, down=True, told=("nonsense",)), "is no field"),
        (Replication(Carried.ITEM, down=True, why="because"), "says why"),
    ],
)
def test_a_kind_that_says_too_little_or_nonsense_is_refused(said: Replication | None, words: str) -> None:
    assert any(words in one for one in wrong_with(_kind(said)))
