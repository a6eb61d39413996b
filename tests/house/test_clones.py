"""Every noun can be cloned (PLAT-8, POL-7): the copy is a whole object of its own."""

from __future__ import annotations

from itmsctl.cli.root import load_group
from itmsctl.cmdb.store import Store
from itmsctl.values.kind import house
from itmsctl.values.kind_order import kinds_in_order
from tests.conftest import Run
from tests.house.estate import build, name_of

NOT_CLONED = {
    "credential": "its secret is its own",
    "data-class": "the file that defines it says its name",
}
COPIES = {"subnet": "10.9.0.0/16", "server": "computer-copy"}


def test_every_noun_has_the_verb_or_a_reason() -> None:
    nouns = [kind.name for kind in house().kinds() if kind.name in house().groups()]
    assert {name for name in nouns if not has_clone(name)} == NOT_CLONED.keys()


def has_clone(noun: str) -> bool:
    return "clone" in getattr(load_group(noun), "commands", {})


def test_every_noun_is_copied_whole(store: Store, ok: Run) -> None:
    build(store)
    for kind in kinds_in_order():
        if kind.name in NOT_CLONED or kind.name not in house().groups():
            continue
        name, copy = name_of(kind.name), COPIES.get(kind.name, f"{kind.name}-copy")
        assert ok(kind.name, "clone", name, copy).err.startswith(f"{copy}: created\n"), kind.name
        shelf = kind.load_shelf()
        with store.read() as reader:
            one, other = shelf.get(reader, name), shelf.get(reader, copy)
        assert one.guid != other.guid or kind.named_for
        copied = [field.name for field in kind.admin_fields if field.name not in shelf.own_alone]
        assert {name: one.fields[name] for name in copied} == {name: other.fields[name] for name in copied}, kind.name
        assert not any(other.fields[name] for name in shelf.own_alone), kind.name
