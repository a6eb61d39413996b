"""The shelf: add, set, get, find, list and remove of any noun, the same on both engines and as a dict would."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from itmsctl import errors
from itmsctl.cmdb import chain
from itmsctl.cmdb.doc import Outcome
from itmsctl.cmdb.engine import DatabasePlace
from itmsctl.cmdb.store import Store
from itmsctl.cmdb.stored import PAGE
from itmsctl.values.names import name_key
from tests.cmdb.conftest import Opened
from tests.cmdb.nouns import PROFILES, SITES, SUBNETS
from tests.conftest import FrozenClock


def add(store: Store, name: str, **fields: Any) -> Outcome:
    return store.write(lambda unit: SITES.add(unit, name, fields))


def test_add_get_find(store: Store) -> None:
    done = add(store, "Rome", region="Lazio")
    assert (done.action, done.doc.revision, done.doc.fields["region"]) == ("created", 1, "Lazio")
    with store.read() as reader:
        for name in ("Rome", "ROME", "\uff32\uff4f\uff4d\uff45", done.doc.guid, done.doc.guid.upper()):
            assert SITES.get(reader, name) == done.doc
        assert SITES.find(reader, "oslo") is None
        with pytest.raises(errors.NotFoundError) as caught:
            SITES.get(reader, "rom")
    assert caught.value.hint == "did you mean `Rome`?"


def test_add_again(store: Store) -> None:
    add(store, "rome", region="Lazio")
    assert add(store, "ROME", region="Lazio").action == "unchanged"
    assert add(store, "rome").action == "unchanged", "fields that are not named do not differ"
    with pytest.raises(errors.NameTakenError, match="a different site `rome` exists") as caught:
        add(store, "rome", region="Umbria")
    assert caught.value.why == "region is `Lazio`, not `Umbria`"


def test_set_leaves_the_rest_alone(store: Store, clock: FrozenClock) -> None:
    add(store, "rome", region="Lazio", description="old")
    clock.forward(hours=1)
    done = store.write(lambda unit: SITES.set(unit, "rome", {"description": "new"}, rename="Roma"))
    assert (done.doc.name, done.doc.revision) == ("Roma", 2)
    assert (done.doc.fields["region"], done.doc.fields["description"]) == ("Lazio", "new")
    assert store.write(lambda unit: SITES.set(unit, "roma", {"description": "new"})).action == "unchanged"
    with store.read() as reader:
        row = reader.connection.execute(text("SELECT created_at < changed_at FROM site")).scalar()
    assert row


def test_revision_and_names_guard_a_change(store: Store) -> None:
    add(store, "rome")
    add(store, "oslo")
    with pytest.raises(errors.RevisionMovedError, match="at revision 1, not 7"):
        store.write(lambda unit: SITES.set(unit, "rome", {"region": "x"}, revision=7))
    store.write(lambda unit: SITES.set(unit, "rome", {"region": "y"}, revision=1))
    with pytest.raises(errors.RevisionMovedError, match="at revision 2, not 1"):
        store.write(lambda unit: SITES.set(unit, "rome", {"region": "stale"}, revision=1))
    with pytest.raises(errors.NameTakenError):
        store.write(lambda unit: SITES.set(unit, "rome", {}, rename="OSLO"))
    assert store.write(lambda unit: SITES.set(unit, "rome", {}, rename="ROME")).doc.name == "ROME"


def test_remove_leaves_a_tombstone_and_frees_the_name(store: Store) -> None:
    first = add(store, "rome").doc
    store.write(lambda unit: SITES.remove(unit, "rome"))
    second = add(store, "rome").doc
    assert first.guid != second.guid
    with store.read() as reader:
        buried = reader.connection.execute(text("SELECT kind, guid, name FROM tombstone")).all()
        actions = reader.connection.execute(text("SELECT action FROM change ORDER BY change_set")).scalars().all()
    assert [tuple(row) for row in buried] == [("site", first.guid, "rome")]
    assert actions == ["created", "removed", "created"]


def test_references(store: Store) -> None:
    add(store, "rome")
    store.write(lambda unit: SUBNETS.add(unit, "10.0.0.0/8", {"site": "ROME"}))
    with store.read() as reader:
        assert SUBNETS.get(reader, "10.0.0.0/8").fields["site"] == "rome"
        assert [d.fields["site"] for d in SUBNETS.list(reader, sort="site")] == ["rome"]
    with pytest.raises(errors.NotFoundError, match="no site `rom`"):
        store.write(lambda unit: SUBNETS.set(unit, "10.0.0.0/8", {"site": "rom"}))
    with pytest.raises(errors.InUseError) as caught:
        store.write(lambda unit: SITES.remove(unit, "rome"))
    assert caught.value.why == "by subnet `10.0.0.0/8`"
    store.write(lambda unit: SUBNETS.set(unit, "10.0.0.0/8", {"site": None}))
    store.write(lambda unit: SITES.remove(unit, "rome"))


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"nonsense": 1}, "has no field `nonsense`"),
        ({"port": "many"}, "no value for `port`"),
        ({"port": 2**31}, "no value for `port`"),
        ({"port": float("inf")}, "no value for `port`"),
        ({"connect_timeout_s": "nan"}, "no value for `connect_timeout_s`"),
        ({"transport": "carrier pigeon"}, "no value for `--transport`"),
        ({"description": "a\0b"}, "a character that is no text"),
    ],
)
def test_values_that_fields_do_not_take(store: Store, fields: dict[str, Any], said: str) -> None:
    with pytest.raises(errors.InputError, match=said):
        store.write(lambda unit: PROFILES.add(unit, "p", fields))


def test_types_come_back_as_they_went_in(store: Store) -> None:
    wanted = {"transport": "ssh", "port": 2222, "use_agent": True, "connect_timeout_s": 1.5, "user": None}
    store.write(lambda unit: PROFILES.add(unit, "p", wanted))
    with store.read() as reader:
        found = PROFILES.get(reader, "p").fields
    assert {k: found[k] for k in wanted} == wanted
    assert isinstance(found["use_agent"], bool)


def test_lists_stream_page_by_page(store: Store) -> None:
    def fill(unit: Any) -> None:
        for i in range(PAGE + 5):
            SITES.add(unit, f"s{i:05}", {})

    store.write(fill)
    with store.read() as reader:
        assert [d.name for d in SITES.list(reader)] == [f"s{i:05}" for i in range(PAGE + 5)]
        assert [d.name for d in SITES.list(reader, limit=2, descending=True)] == [f"s{PAGE + 4:05}", f"s{PAGE + 3:05}"]
        assert list(SITES.list(reader, limit=0)) == []
        stream = SITES.list(reader)
        next(stream)
        assert SITES.get(reader, "s00003").name == "s00003", "another question in the middle of a stream"
        stream.close()
        with pytest.raises(errors.FieldError, match="cannot be sorted by"):
            list(SITES.list(reader, sort="nonsense"))


def test_two_that_add_the_same_at_once_agree(
    place: DatabasePlace, opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One looks before the other commits: the loser of the race is told `unchanged`, not that the name is taken."""
    first, second = opened(place), opened(place)
    second.sleep = lambda _s: None
    real = SITES.find
    raced: list[bool] = []

    def find(reader: Any, name: str) -> Any:
        found = real(reader, name)
        if not raced and reader.connection.engine is second.engine and not place.is_sqlite:
            raced.append(True)
            first.write(lambda unit: SITES.add(unit, "rome", {}), overlap=True)
        return found

    monkeypatch.setattr(SITES, "find", find)
    if place.is_sqlite:
        first.write(lambda unit: SITES.add(unit, "rome", {}))  # there the second cannot even look meanwhile
    assert second.write(lambda unit: SITES.add(unit, "rome", {})).action == "unchanged"


# --- against a model --------------------------------------------------------------------------------------------------

NAMES = st.sampled_from(["rome", "Rome", "ROME", "oslo", "ﬁne", "fine", "straße", "STRASSE", "a b", "é", "e\u0301"])
TEXTS = st.sampled_from([None, "", "x", "y", "é", "😀", "O'Brien\\ %s :x", "line\nline"])
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("add"), NAMES, TEXTS),
        st.tuples(st.just("set"), NAMES, TEXTS),
        st.tuples(st.just("rename"), NAMES, NAMES),
        st.tuples(st.just("remove"), NAMES, st.none()),
        st.tuples(st.just("dry"), NAMES, TEXTS),
    ),
    max_size=14,
)


class Model:
    """What a shelf of sites is, as a dict: key -> [name, region, revision]."""

    def __init__(self) -> None:
        self.rows: dict[str, list[Any]] = {}
        self.changes = 0

    def act(self, verb: str, name: str, value: Any) -> str:
        key, value = name_key(name), (value or None) if verb != "rename" else value
        row = self.rows.get(key)
        if verb == "add":
            return self._add(key, name, value, row)
        if row is None:
            return "NotFoundError"
        if verb == "remove":
            del self.rows[key]
            return self._changed("removed")
        if verb == "set":
            return "unchanged" if row[1] == value else self._update(row, 1, value)
        return self._rename(key, row, value)

    def _add(self, key: str, name: str, value: Any, row: list[Any] | None) -> str:
        if row is not None:
            return "unchanged" if row[1] == value else "NameTakenError"
        self.rows[key] = [nfc(name), value, 1]
        return self._changed("created")

    def _rename(self, key: str, row: list[Any], to: str) -> str:
        if nfc(to) == row[0]:
            return "unchanged"
        if name_key(to) != key and name_key(to) in self.rows:
            return "NameTakenError"
        self.rows[name_key(to)] = self.rows.pop(key)
        return self._update(row, 0, nfc(to))

    def _update(self, row: list[Any], index: int, value: Any) -> str:
        row[index] = value
        row[2] += 1
        return self._changed("updated")

    def _changed(self, action: str) -> str:
        self.changes += 1
        return action


def nfc(text_: str) -> str:
    import unicodedata

    return unicodedata.normalize("NFC", text_)


def act(store: Store, verb: str, name: str, value: Any) -> str:
    calls = {
        "add": lambda unit: SITES.add(unit, name, {"region": value}),
        "dry": lambda unit: SITES.add(unit, name, {"region": value}),
        "set": lambda unit: SITES.set(unit, name, {"region": value}),
        "rename": lambda unit: SITES.set(unit, name, {}, rename=value),
        "remove": lambda unit: SITES.remove(unit, name),
    }
    try:
        return store.write(calls[verb], dry_run=verb == "dry").action
    except errors.ItmsError as error:
        return type(error).__name__


@settings(
    max_examples=25,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(steps=STEPS)
def test_any_sequence_does_what_a_dict_would(store: Store, steps: list[tuple[str, str, Any]]) -> None:
    with store.read() as reader:
        left = [doc.guid for doc in SITES.list(reader)]
        before = chain.verify(reader.connection)
    for guid in left:
        store.write(lambda unit, guid=guid: SITES.remove(unit, guid))
    model = Model()
    for verb, name, value in steps:
        if verb == "dry":
            act(store, verb, name, value)
        else:
            assert act(store, verb, name, value) == model.act(verb, name, value), (verb, name, value)
    with store.read() as reader:
        found = {name_key(d.name): [d.name, d.fields["region"], d.revision] for d in SITES.list(reader)}
        assert found == model.rows
        assert [d.name for d in SITES.list(reader)] == sorted(row[0] for row in model.rows.values())
        assert chain.verify(reader.connection) == before + len(left) + model.changes


@pytest.mark.parametrize(("count", "more"), [(5, False), (6, True), (9, True)])
def test_who_still_uses_an_object_is_named_up_to_five(store: Store, count: int, more: bool) -> None:
    add(store, "rome")
    for number in range(count):
        store.write(lambda unit, n=number: SUBNETS.add(unit, f"10.{n}.0.0/16", {"site": "rome"}))
    with pytest.raises(errors.InUseError) as caught:
        store.write(lambda unit: SITES.remove(unit, "rome"))
    assert caught.value.why.count("subnet `") == 5
    assert caught.value.why.endswith(" and more") is more
