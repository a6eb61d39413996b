"""In a blockout all contact is forbidden: by every command that reaches computers, whatever it is for."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from itmsctl.cmdb.store import Store
from tests.conftest import Run
from tests.security.conftest import opens, private

__all__ = ["opens", "private"]


class Doorbell:
    """A port that counts who comes, and hangs up."""

    def __init__(self) -> None:
        self.rings = 0
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port = self._socket.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            try:
                caller, _ = self._socket.accept()
            except OSError:
                return
            self.rings += 1
            caller.close()

    def close(self) -> None:
        self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()


@pytest.fixture
def bell() -> Iterator[Doorbell]:
    """Return a computer's port."""
    found = Doorbell()
    yield found
    found.close()


CONTACTS: dict[str, tuple[tuple[str, ...], int]] = {
    "scan": (("host-key", "scan", "pc 1"), 9),
    "scan, all": (("host-key", "scan", "--all", "--accept"), 9),
    "accept": (("host-key", "accept", "pc 1", "--yes"), 9),
    "a credential is tried": (("credential", "test", "word", "--computer", "pc 1"), 9),
    "a run": (("task", "run", "--command", "true", "--all", "--credential", "word", "--ignore-window"), 9),
    "a retry": (("run", "retry", "R-1", "--unreachable"), 9),
    "computers are asked what became of a run": (("run", "reconcile", "R-2"), 10),
    "doctor": (("doctor", "--reach", "5"), -1),
}


@pytest.mark.parametrize("contact", CONTACTS)
def test_a_blockout_keeps_every_command_away(
    run: Run, ok: Run, store: Store, opens: str, bell: Doorbell, sweep: None, contact: str
) -> None:
    argv, code = CONTACTS[contact]
    ok("computer", "add", "pc 1", "--address", "127.0.0.1", "--port", str(bell.port))
    ok("credential", "add", "word", "--kind", "password", "--user", "u", "--secret-stdin", stdin="not a word\n")
    ok("filter", "add", "held", "--where", "tags.frozen = 'yes'")
    ok("window", "add", "bo", "--type", "blockout", "--at", "2026-01-05T00:00", "--duration", "23h",
       "--timezone", "utc", "--target", "held")  # fmt: skip
    for _ in range(2):
        run("task", "run", "--command", "true", "--all", "--credential", "word")
    unknown = sa.text("UPDATE run_computer SET state = 'unknown' WHERE run_id = (SELECT id FROM run WHERE number = 2)")
    store.write(lambda unit: unit.connection.execute(unknown))
    ok("computer", "set", "pc 1", "--tag", "frozen=yes")
    before = bell.rings
    result = run(*argv)
    assert bell.rings == before
    if code >= 0:
        assert result.code == code, result.err
    else:
        assert "pc 1 was not contacted: blockout bo until 2026-01-05 23:00 UTC" in result.out
    ok("computer", "set", "pc 1", "--tag", "frozen=no")
    run(*argv)
    assert bell.rings > before


def test_what_is_said_of_it(run: Run, ok: Run) -> None:
    ok("computer", "add", "pc 1", "--address", "127.0.0.1")
    ok("window", "add", "bo", "--type", "blockout", "--at", "2026-01-05T00:00", "--duration", "23h",
       "--timezone", "utc", "--target", "all")  # fmt: skip
    result = run("host-key", "accept", "pc 1", "--yes")
    assert "pc 1 was not contacted: blockout bo until 2026-01-05 23:00 UTC [BLOCKOUT]" in result.err
    assert "try: itmsctl window explain --computer 'pc 1' --between 2026-01-05 2026-01-06" in result.err
    (row,) = run("host-key", "scan", "--all", "-o", "json").json
    assert (row["reason"], row["fingerprint"]) == ("BLOCKOUT", None)
