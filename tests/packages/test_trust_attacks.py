"""The attacks that The Update Framework is made against, each by its name; python-tuf's own client judges them too."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from itmsctl.errors import (
    CatalogDamagedError,
    CatalogExpiredError,
    CatalogMismatchError,
    CatalogMissingError,
    CatalogRollbackError,
    CatalogSignatureError,
    CatalogVersionJumpError,
    ClockBehindError,
    IntegrityError,
)
from itmsctl.packages.trust.envelope import opened, sealed
from itmsctl.packages.trust.following import MAX_CATALOGUE, MAX_ROOT, MAX_ROOTS, MAX_TIMESTAMP, TrustedState, follow
from itmsctl.packages.trust.issuing import exchanged
from itmsctl.packages.trust.metadata import (
    CATALOGUE,
    ROOT,
    SNAPSHOT,
    TIMESTAMP,
    CatalogueRecord,
    RoleKeys,
    TimestampRecord,
    named,
)
from tests.packages.catalogues import LIVES, NOTE, NOW, Shelf, entry, key_number, reference_refuses, shelf

EVIL = key_number(66)


def refused(offered: Shelf, state: TrustedState | None, error: type[IntegrityError], now=NOW) -> IntegrityError:
    with pytest.raises(error) as caught:
        offered.follow(state, now)
    assert caught.value.exit_status == 14
    assert caught.value.hint
    return caught.value


# --- what is right is believed, by both -------------------------------------------------------------------------------


def test_what_is_signed_is_believed_and_the_reference_implementation_agrees() -> None:
    good = shelf("nano", "vim")
    believed = good.follow()
    assert set(believed.catalogue.entries) == {"nano/1", "vim/1"}
    assert (believed.root.version, believed.timestamp.version, believed.catalogue.version) == (2, 2, 2)
    assert reference_refuses(good) == ""
    assert reference_refuses(good.publish("ed"), held=shelf("nano")) == ""


def test_what_was_believed_is_believed_again_and_what_follows_from_it() -> None:
    good = shelf("nano")
    state = good.follow().state
    assert good.follow(state).state == state
    good.publish("vim")
    assert good.follow(state).catalogue.version == 3
    good.renew()
    assert good.follow(state).timestamp.version == 4


# --- rollback ---------------------------------------------------------------------------------------------------------


def test_attack_rollback_an_older_catalogue_is_served_whole() -> None:
    old = shelf("nano")
    new = old.copy().publish("vim")
    state = new.follow().state
    error = refused(old, state, CatalogRollbackError)
    assert "offered=2 trusted=3" in error.message
    assert reference_refuses(old, held=new)


def test_attack_rollback_a_new_timestamp_names_an_old_snapshot() -> None:
    old = shelf("nano")
    new = old.copy().publish("vim")
    state = new.follow().state
    bad = new.copy()
    lie = TimestampRecord(9, NOW + LIVES.freshness, named(2, old.files["2.snapshot.json"]))
    bad.files["timestamp.json"] = sealed(lie, bad.signers[TIMESTAMP])
    bad.files["2.snapshot.json"] = old.files["2.snapshot.json"]
    assert refused(bad, state, CatalogRollbackError).details["role"] == SNAPSHOT
    assert reference_refuses(bad, held=new)


def test_attack_rollback_an_older_root_is_served() -> None:
    new = shelf("nano").exchange(CATALOGUE, key_number(9)).publish("vim")
    state = new.follow().state
    old = shelf("nano")
    assert "3.root.json" not in old.files
    # the newer root stays trusted, and so do its keys: what the old one's key signed counts nothing
    refused(old.publish("a").publish("b").publish("c"), state, CatalogSignatureError)


def test_attack_rollback_a_root_with_a_gap_or_a_number_that_is_not_its_name() -> None:
    good = shelf("nano")
    root = exchanged(good.root, [CATALOGUE], None, key_number(9).public, NOTE)
    bad = good.copy()
    bad.files["3.root.json"] = sealed(replace(root, version=7), good.keys[ROOT])
    refused(bad, None, CatalogRollbackError)
    assert reference_refuses(bad)


def test_attack_rollback_another_catalogue_of_the_same_version() -> None:
    """A copy that was put back and went on by itself: both are signed, and the second one is not believed."""
    base = shelf("nano")
    one, other = base.copy().publish("vim"), base.copy().publish("evil")
    refused(other, one.follow().state, CatalogRollbackError)


# --- freeze -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("late", [timedelta(0), timedelta(seconds=1), timedelta(days=200)])
def test_attack_freeze_what_has_expired_is_refused_to_the_second(late: timedelta) -> None:
    good = shelf("nano")
    ends = NOW + LIVES.freshness
    assert good.follow(now=ends - timedelta(seconds=1))
    error = refused(good, None, CatalogExpiredError, ends + late)
    assert "2026-12-30" in error.message
    assert reference_refuses(good, now=ends + late)
    assert reference_refuses(good, now=ends - timedelta(seconds=1)) == ""


@pytest.mark.parametrize(("role", "days"), [(SNAPSHOT, 40), (CATALOGUE, 400), (ROOT, 1100)])
def test_attack_freeze_of_one_file_behind_fresh_ones(role: str, days: int) -> None:
    good = shelf("nano")
    later = NOW + timedelta(days=days)
    if role == ROOT:
        refused(good, None, CatalogExpiredError, later)
        return
    fresh = TimestampRecord(9, later + LIVES.freshness, good.follow().timestamp.snapshot)
    if role == CATALOGUE:
        snapshot = replace(good.follow().snapshot, version=8, expires=later + LIVES.freshness)
        good.files["8.snapshot.json"] = sealed(snapshot, good.signers[SNAPSHOT])
        fresh = replace(fresh, snapshot=named(8, good.files["8.snapshot.json"]))
    good.files["timestamp.json"] = sealed(fresh, good.signers[TIMESTAMP])
    assert refused(good, None, CatalogExpiredError, later).details["role"] == role
    assert reference_refuses(good, now=later)


def test_attack_freeze_by_a_clock_that_is_set_back() -> None:
    good = shelf("nano")
    state = good.follow().state
    year = NOW - timedelta(days=365)
    assert refused(good, state, ClockBehindError, year).details["last_seen"].startswith("2026-11-30")
    assert good.follow(state, NOW - timedelta(minutes=59)).state.seen == NOW, (
        "clocks differ a little, and the mark stays"
    )
    refused(good, state, ClockBehindError, NOW - timedelta(minutes=61))


# --- mix and match ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", [SNAPSHOT, CATALOGUE])
def test_attack_mix_and_match_a_file_of_another_version(role: str) -> None:
    old = shelf("nano")
    new = old.copy().publish("vim")
    mixed = new.copy()
    mixed.files[f"3.{role}.json"] = old.files[f"2.{role}.json"]
    refused(mixed, None, CatalogMismatchError)
    assert reference_refuses(mixed)


@pytest.mark.parametrize("name", ["timestamp.json", "2.snapshot.json", "2.targets.json"])
def test_attack_a_file_is_held_back(name: str) -> None:
    bad = shelf("nano")
    del bad.files[name]
    assert refused(bad, None, CatalogMissingError).details == {"file": name}


# --- endless data, wrong length ---------------------------------------------------------------------------------------


class Endless(Shelf):
    def source(self, name: str, most: int) -> bytes | None:
        self.asked.append((name, most))
        found = self.files.get(name)
        return None if found is None else (found + b" " * (most + 1))[:most]


@pytest.mark.parametrize("role", [ROOT, TIMESTAMP, SNAPSHOT, CATALOGUE])
def test_attack_endless_data_no_byte_more_is_asked_for(role: str) -> None:
    good = shelf("nano")
    bad = Endless(good.files, good.keys)

    def source(name: str, most: int) -> bytes | None:
        return bad.source(name, most) if role in name else good.source(name, most)

    with pytest.raises((CatalogDamagedError, CatalogMismatchError)):
        follow(good.state(), source, NOW)
    believed = shelf("nano").follow()
    most = {
        ROOT: MAX_ROOT + 1,
        TIMESTAMP: MAX_TIMESTAMP + 1,
        SNAPSHOT: believed.timestamp.snapshot.length + 1,
        CATALOGUE: believed.snapshot.catalogue.length + 1,
    }
    assert max(asked for _, asked in bad.asked) <= most[role]


def test_attack_endless_data_a_signed_length_beyond_all_reason() -> None:
    bad = shelf("nano")
    snapshot = replace(
        bad.follow().snapshot, catalogue=replace(bad.follow().snapshot.catalogue, length=MAX_CATALOGUE + 1)
    )
    bad.files["2.snapshot.json"] = sealed(snapshot, bad.signers[SNAPSHOT])
    stamp = TimestampRecord(3, NOW + LIVES.freshness, named(2, bad.files["2.snapshot.json"]))
    bad.files["timestamp.json"] = sealed(stamp, bad.signers[TIMESTAMP])
    refused(bad, None, CatalogDamagedError)


def test_attack_endless_roots_that_never_stop() -> None:
    good = shelf()

    def source(name: str, most: int) -> bytes | None:
        number, _, rest = name.partition(".")
        if rest != "root.json":
            return good.source(name, most)
        return sealed(replace(good.root, version=int(number)), good.keys[ROOT])

    last = sealed(replace(good.root, version=2), good.keys[ROOT])
    count: list[str] = []
    with pytest.raises(CatalogDamagedError, match=f"{3 + MAX_ROOTS}.root.json"):
        follow(TrustedState(last), lambda name, most: (count.append(name), source(name, most))[1], NOW)
    assert len(count) == MAX_ROOTS


@pytest.mark.parametrize("role", [TIMESTAMP, SNAPSHOT, CATALOGUE])
@pytest.mark.parametrize("change", ["longer", "shorter", "flipped", "empty"])
def test_attack_wrong_length_or_bytes(role: str, change: str) -> None:
    bad = shelf("nano")
    name = "timestamp.json" if role == TIMESTAMP else f"2.{role}.json"
    data = bad.files[name]
    bad.files[name] = {
        "longer": data + b"\n",
        "shorter": data[:-1],
        "flipped": data.replace(b'"version":2', b'"version":3', 1),
        "empty": b"",
    }[change]
    if role == TIMESTAMP and change == "longer":
        assert bad.follow(), "a blank after it changes nothing that is signed"
        return
    refused(bad, None, IntegrityError)
    assert reference_refuses(bad)


# --- keys -------------------------------------------------------------------------------------------------------------


def two_of_three() -> tuple[Shelf, list]:
    """Return a catalogue that two of three keys have to sign."""
    good = shelf("nano")
    keys = [key_number(n) for n in (21, 22, 23)]
    root = good.root
    for key in keys:
        root = replace(exchanged(root, [CATALOGUE], None, key.public, NOTE), version=3)
    root = replace(exchanged(root, [CATALOGUE], good.keys[CATALOGUE][0].public, None), version=3)
    root = replace(root, roles=dict(root.roles) | {CATALOGUE: RoleKeys(frozenset(k.public.id for k in keys), 2)})
    good.reroot(root, *good.keys[ROOT])
    good.keys[CATALOGUE] = keys[:2]
    return good, keys


def test_attack_key_compromise_below_the_threshold() -> None:
    good, keys = two_of_three()
    bad = good.copy()
    for signers, taken in ([keys[0]], False), ([keys[0], EVIL], False), (keys[:2], True), (keys[1:], True):
        catalogue = CatalogueRecord(3, NOW + LIVES.catalogue, {"evil/1": entry("evil")})
        data = sealed(catalogue, signers)
        bad.files["3.targets.json"] = data
        snapshot = replace(shelf("nano").follow().snapshot, version=3, catalogue=named(3, data))
        bad.files["3.snapshot.json"] = sealed(snapshot, bad.signers[SNAPSHOT])
        stamp = TimestampRecord(3, NOW + LIVES.freshness, named(3, bad.files["3.snapshot.json"]))
        bad.files["timestamp.json"] = sealed(stamp, bad.signers[TIMESTAMP])
        if taken:
            assert bad.follow().catalogue.entries
            assert reference_refuses(bad) == ""
        else:
            assert refused(bad, None, CatalogSignatureError).details["found"] == 1
            assert reference_refuses(bad)


def test_attack_one_key_signs_twice_to_reach_the_threshold() -> None:
    _, keys = two_of_three()
    data = sealed(CatalogueRecord(3, NOW + LIVES.catalogue, {}), [keys[0]])
    head, _, tail = data.partition(b'"signatures":[')
    one = tail[: tail.index(b"}") + 1]
    with pytest.raises(CatalogDamagedError, match="catalogue"):
        opened(head + b'"signatures":[' + one + b"," + tail, CATALOGUE, "targets.json")


@pytest.mark.parametrize("role", [ROOT, TIMESTAMP, SNAPSHOT, CATALOGUE])
def test_attack_an_unknown_key_signs(role: str) -> None:
    bad = shelf("nano")
    bad.keys = bad.keys | {role: [EVIL]}
    before = shelf("nano").follow()
    if role == ROOT:
        bad.reroot(replace(before.root, version=3), EVIL)
    else:
        from itmsctl.packages.trust.issuing import with_entries

        bad.files |= dict(with_entries(before, {"evil/1": entry("evil")}, bad.keys, NOW, LIVES))
    refused(bad, None, CatalogSignatureError)
    assert reference_refuses(bad)


def test_attack_a_key_of_one_role_signs_for_another() -> None:
    """The key that is at hand every day signs no catalogue."""
    bad = shelf("nano")
    bad.keys = bad.keys | {CATALOGUE: bad.keys[TIMESTAMP]}
    from itmsctl.packages.trust.issuing import with_entries

    bad.files |= dict(with_entries(shelf("nano").follow(), {"evil/1": entry("evil")}, bad.keys, NOW, LIVES))
    refused(bad, None, CatalogSignatureError)
    assert reference_refuses(bad)


def test_attack_a_revoked_key_signs() -> None:
    good = shelf("nano")
    stolen = good.keys[CATALOGUE][0]
    state = good.follow().state
    good.exchange(CATALOGUE, key_number(9))
    assert "nano/1" in good.follow(state).catalogue.entries
    assert reference_refuses(good, held=shelf("nano")) == ""
    bad = good.copy()
    bad.keys = bad.keys | {CATALOGUE: [stolen]}
    from itmsctl.packages.trust.issuing import with_entries

    bad.files |= dict(with_entries(shelf("nano").follow(), {"evil/1": entry("evil")}, bad.keys, NOW, LIVES))
    refused(bad, state, CatalogSignatureError)
    assert reference_refuses(bad)


def test_attack_a_new_root_that_the_old_keys_did_not_sign() -> None:
    bad = shelf("nano")
    root = exchanged(bad.root, [ROOT], bad.keys[ROOT][0].public, EVIL.public, NOTE)
    bad.reroot(root, EVIL)
    refused(bad, None, CatalogSignatureError)
    assert reference_refuses(bad)


def test_a_root_that_its_own_keys_did_not_sign_is_refused() -> None:
    bad = shelf("nano")
    root = exchanged(bad.root, [ROOT], bad.keys[ROOT][0].public, key_number(9).public, NOTE)
    bad.reroot(root, bad.keys[ROOT][0])
    refused(bad, None, CatalogSignatureError)
    assert reference_refuses(bad)


# --- fast-forward -----------------------------------------------------------------------------------------------------


def jumped(good: Shelf, to: int) -> Shelf:
    """Return what a stolen timestamp key makes: the version driven up."""
    bad = good.copy()
    stamp = replace(bad.follow().timestamp, version=to)
    bad.files["timestamp.json"] = sealed(stamp, bad.signers[TIMESTAMP])
    return bad


@pytest.mark.parametrize(("to", "taken"), [(1002, True), (1003, False), (2**63 - 1, False)])
def test_attack_fast_forward_is_capped(to: int, taken: bool) -> None:
    good = shelf("nano")
    state = good.follow().state
    bad = jumped(good, to)
    if taken:
        assert bad.follow(state).timestamp.version == to
    else:
        assert refused(bad, state, CatalogVersionJumpError).details["offered"] == to


def test_attack_fast_forward_is_recovered_from_by_another_key() -> None:
    good = shelf("nano")
    state = jumped(good, 1002).follow(good.follow().state).state
    refused(good.publish("vim"), state, CatalogRollbackError)
    good.keys = good.keys | {TIMESTAMP: [key_number(9)]}
    root = exchanged(good.root, [TIMESTAMP], key_number(2).public, key_number(9).public, NOTE)
    good.reroot(root, *good.keys[ROOT])
    good.files["timestamp.json"] = sealed(
        replace(shelf("nano").publish("vim").follow().timestamp), good.keys[TIMESTAMP]
    )
    believed = good.follow(state)
    assert believed.timestamp.version == 3
    assert believed.state.marks[SNAPSHOT].version == 3, "the marks of roles whose keys stayed bind on"
    refused(shelf("nano"), believed.state, CatalogSignatureError)


def test_a_key_that_is_added_resets_no_mark() -> None:
    good = shelf("nano").publish("vim")
    state = good.follow().state
    root = exchanged(good.root, [TIMESTAMP], None, key_number(9).public, NOTE)
    good.reroot(root, *good.keys[ROOT])
    old = good.copy()
    old.files["timestamp.json"] = shelf("nano").files["timestamp.json"]
    refused(old, state, CatalogRollbackError)
