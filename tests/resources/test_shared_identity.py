"""One identity alone can be claimed: a merge is proposed only where more than one agrees."""

from __future__ import annotations

from itmsctl.cmdb.store import Store
from itmsctl.resources.service.identities import check, learn
from itmsctl.security.service import host_keys
from itmsctl.transports.endpoint import HostKeyPin
from tests.conftest import Run

CLAIMED = "0123456789abcdef0123456789abcdef"


def mends(store: Store) -> list[str]:
    with store.read() as reader:
        return [finding.mend for finding in check(reader) if finding.details["kind"] == "machine_id"]


def claim(store: Store, name: str) -> None:
    store.write(lambda unit: learn(unit, host_keys.computer(unit, name).id, "machine_id", CLAIMED))


def pin(store: Store, name: str, letter: str) -> None:
    key = HostKeyPin("ssh-ed25519", "SHA256:" + letter * 43, letter.encode(), "pinned")
    store.write(lambda unit: host_keys.accept(unit, host_keys.computer(unit, name), key, "scan"))


def test_a_claimed_machine_id_proposes_no_merge(ok: Run, store: Store) -> None:
    ok("computer", "add", "good", "--serial", "SN-1-A", "--mac", "02:00:00:00:00:01")
    ok("computer", "add", "thief;x", "--serial", "SN-1-B", "--mac", "02:00:00:00:00:02")
    for name in ("good", "thief;x"):
        claim(store, name)
    pin(store, "good", "A")
    pin(store, "thief;x", "B")
    (said,) = mends(store)
    assert ("computer merge" in said, "itmsctl host-key show 'thief;x'" in said) == (False, True), said


def test_one_host_key_or_serial_and_mac_propose_it(ok: Run, store: Store) -> None:
    ok("computer", "add", "a", "--serial", "SN-1-A", "--mac", "02:00:00:00:00:01")
    ok("computer", "add", "b;x", "--serial", "SN-1-B")
    for name in ("a", "b;x"):
        claim(store, name)
    pin(store, "a", "A")
    pin(store, "b;x", "A")
    (said,) = mends(store)
    assert said.endswith("itmsctl computer merge a 'b;x'"), said
