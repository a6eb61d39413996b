"""Profiles and host keys as a user meets them, on both databases; runs over SSH are tested with tasks."""

from __future__ import annotations

from itmsctl.cmdb.store import Store
from itmsctl.security import service
from itmsctl.transports.endpoint import HostKeyPin
from tests.conftest import Run


def test_a_profile_is_added_changed_and_removed(run: Run, ok: Run) -> None:
    assert ok("profile", "add", "lab", "--user", "admin", "--key", "/root/.ssh/lab").err == "lab: created\n"
    assert ok("profile", "add", "lab", "--user", "admin").err == "lab: unchanged\n"
    assert ok("profile", "show", "lab").json["transport"] == "ssh"
    assert ok("profile", "set", "lab", "--port", "2222", "--agent").err == "lab: updated\n"
    assert run("profile", "add", "bad", "--port", "70000").code == 3
    assert run("profile", "add", "bad", "--transport", "telnet").code == 3
    assert ok("profile", "list", "-o", "name").out == "lab\n"
    assert ok("profile", "remove", "lab").err == "lab: removed\n"


def test_no_option_takes_a_secret(run: Run) -> None:
    assert run("task", "run", "--command", "true", "--all", "--password", "hunter2").code == 2
    assert run("profile", "add", "lab", "--password", "hunter2").code == 2


def test_keys_of_a_computer_that_is_unknown_or_silent(run: Run, ok: Run) -> None:
    assert run("host-key", "show", "nobody").code == 5
    ok("computer", "add", "dead", "--address", "127.0.0.1", "--port", "9")
    assert run("host-key", "accept", "dead", "--yes").code == 8
    scanned = run("host-key", "scan", "dead", "-o", "json")
    assert (scanned.code, scanned.json[0]["reason"]) == (8, "REFUSED")
    assert run("host-key", "revoke", "dead", "SHA256:" + "a" * 43).code == 5
    assert run("host-key", "revoke", "dead", "nonsense").code == 3


def test_a_first_contact_never_replaces_a_decision(ok: Run, store: Store) -> None:
    ok("computer", "add", "web1")
    old, new = (HostKeyPin("ssh-ed25519", f"SHA256:{c * 43}", c.encode()) for c in "ab")
    with store.read() as reader:
        web1 = service.computer(reader, "web1")
    store.write(lambda unit: service.accept(unit, web1, old, "accept"))
    assert store.write(lambda unit: service.accept_new(unit, [(web1, new)])) == 0
    keys = ok("host-key", "show", "web1", "-o", "json").json
    assert [(key["fingerprint"], key["state"]) for key in keys] == [(old.fingerprint, "pinned")]
    store.write(lambda unit: service.accept(unit, web1, new, "accept"))
    keys = ok("host-key", "show", "web1", "-o", "json").json
    assert {key["fingerprint"]: key["state"] for key in keys} == {old.fingerprint: "retired", new.fingerprint: "pinned"}
    assert [key["state"] for key in ok("computer", "show", "web1").json["host_keys"]].count("pinned") == 1


def test_a_shared_key_is_a_finding_not_an_error(ok: Run, store: Store) -> None:
    key = HostKeyPin("ssh-ed25519", "SHA256:" + "a" * 43, b"a")
    for name in ("web1", "web2", "web3"):
        ok("computer", "add", name)
        with store.read() as reader:
            known = service.computer(reader, name)
        store.write(lambda unit, known=known: service.accept(unit, known, key, "accept"))
    with store.read() as reader:
        (finding,) = service.shared_host_keys(reader)
    assert finding.what.startswith("3 computers show one host key: web1, web2, web3")
