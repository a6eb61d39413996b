"""Before a secret leaves, what decides where it goes is judged against the audit; odd headers are refused."""

from __future__ import annotations

import pytest

from itmsctl.cmdb.store import Store
from tests.cmdb.test_standing import edit
from tests.conftest import Run
from tests.security.test_credentials import CANARY, add
from tests.servers.hostile_ssh import RogueServer

LEADS = [
    "UPDATE computer_address SET text = '{host}', address = NULL WHERE computer_id = {good}",
    "UPDATE computer SET port = {port} WHERE id = {good}",
    "UPDATE computer SET management_address = '{host}' WHERE id = {good}",
    "UPDATE host_key SET computer_id = {good}",
    "UPDATE computer SET profile_id = NULL; UPDATE host_key SET computer_id = {good}, state = 'pinned'",
    "DELETE FROM credential_scope",
    "UPDATE credential SET {user} = 'other'",
]


@pytest.mark.parametrize("statement", LEADS, ids=[s[:36] for s in LEADS])
def test_a_row_that_was_changed_leads_no_secret_away(
    run: Run, ok: Run, opens: str, store: Store, statement: str
) -> None:
    ok("site", "add", "rome")
    ok("subnet", "add", "127.0.0.0/8", "--site", "rome")
    with RogueServer() as rogue:
        ok("computer", "add", "good", "--address", "127.66.66.66", "--port", "1")
        ok("computer", "add", "thief", "--address", rogue.host, "--port", str(rogue.port))
        ok("host-key", "scan", "thief", "--accept")
        add(ok, "word", "--user", "root", "--site", "rome")
        with store.read() as reader:
            ids = {row.name: row.id for row in reader.connection.exec_driver_sql("SELECT id, name FROM resource").all()}
        edit(store, "UPDATE computer_address SET text = text")  # an edit that changes nothing is none
        for one in statement.format(host=rogue.host, port=rogue.port, good=ids["good"], user='"user"').split("; "):
            edit(store, one)
        argv = ("task", "run", "--command", "true", "--where", "name = 'good'", "--credential", "word")
        refused = run(*argv)
        assert (refused.code != 0, "AUDIT-DIFFERS" in refused.out + refused.err) == (True, True), refused
        assert rogue.attempts == []
        assert CANARY not in refused.out + refused.err


def test_what_was_not_changed_is_used(run: Run, ok: Run, opens: str) -> None:
    with RogueServer() as rogue:
        ok("computer", "add", "one", "--address", rogue.host, "--port", str(rogue.port))
        ok("host-key", "scan", "one", "--accept")
        add(ok, "word", "--user", "root")
        run("credential", "test", "word", "--computer", "one")
        assert rogue.attempts == [("root", CANARY)]


HEADERS = [
    """UPDATE vault SET kdf = '{"iterations":3,"lanes":4,"memory_kib":4194304}'""",
    """UPDATE vault SET kdf = '{"iterations":64,"lanes":4,"memory_kib":1048576}'""",
    "UPDATE vault SET kdf = 'null'",
    "UPDATE vault SET kdf = '[1,2'",
]


@pytest.mark.parametrize("statement", HEADERS)
def test_a_header_that_asks_too_much_is_refused_at_once(run: Run, opens: str, store: Store, statement: str) -> None:
    edit(store, statement)
    refused = run("vault", "unlock")
    assert refused.code == 14, refused.err
    assert run("vault", "status").code == 14


def test_a_sealed_value_of_another_type_is_tampering(run: Run, ok: Run, opens: str, store: Store) -> None:
    add(ok, "word")
    if store.place.is_sqlite:  # PostgreSQL has no other type in that column
        edit(store, "UPDATE credential_secret SET sealed = 'hello'")
    else:
        edit(store, "UPDATE credential_secret SET sealed = 'hello'::bytea")
    ok("computer", "add", "one")
    refused = run("credential", "test", "word", "--computer", "one")
    assert (refused.code, "VAULT-TAMPERED" in refused.err) == (14, True), refused.err


def test_a_wrong_passphrase_leaves_a_trace(run: Run, ok: Run, opens: str, tmp_path: object) -> None:
    from pathlib import Path

    wrong = Path(str(tmp_path)) / "wrong"
    wrong.write_text("not the right one at all\n")
    wrong.chmod(0o600)
    for _ in range(3):
        assert run("vault", "unlock", "--passphrase-file", str(wrong)).code == 13
    tried = [row for row in ok("audit", "list", "-o", "json").json if "wrong_passphrase" in row["what"]]
    assert len(tried) == 3
    assert all("vault unlock" in row["command"] for row in tried)
    assert ok("vault", "status", "-o", "json").json["wrong_passphrases"] == 3
