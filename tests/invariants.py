"""What must hold after every fault (reliability 1.4), as one call."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import sqlalchemy as sa

from itmsctl.cmdb import chain
from itmsctl.cmdb.rows import blobs
from itmsctl.cmdb.store import Store
from itmsctl.tasks.rows import attempts, members, outputs, runs
from itmsctl.tasks.states import State

TERMINAL = {State.SUCCEEDED, State.FAILED, State.TIMED_OUT, State.UNREACHABLE, State.CANCELLED, State.EXPIRED}


def assert_invariants(store: Store, effects: Iterable[Path] = ()) -> None:
    """Check the CMDB, and files to which each attempt that ran added one line `MARKER-OF-THE-ATTEMPT`."""
    with store.read() as reader:
        connection = reader.connection
        assert chain.verify(connection) >= 0  # I8
        if store.place.is_sqlite:  # I10
            assert connection.exec_driver_sql("PRAGMA integrity_check").scalar() == "ok"
            assert connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall() == []
        by_id = {row.id: row for row in connection.execute(sa.select(runs))}
        for row in connection.execute(sa.select(members)):
            run = by_id[row.run_id]
            assert row.token <= run.token, f"a token that was never given: {row}"  # I4
            assert State(row.state) is not State.PLANNED
            if run.owner is None:
                assert row.state != State.CLAIMED, f"a claim of nobody: {row}"
            if run.state == "ended":
                assert State(row.state) in TERMINAL, f"an ended run with an open computer: {row}"
            if row.state == State.SUCCEEDED:
                assert row.exit_status == 0
        # I5: output that is pointed at is there.
        heads = sa.select(outputs.c.head).union(sa.select(outputs.c.tail).where(outputs.c.tail.is_not(None)))
        stored = set(connection.execute(sa.select(blobs.c.sha256)).scalars())
        assert {bytes(h) for h in connection.execute(heads).scalars()} <= {bytes(s) for s in stored}
        # An attempt is either the last one or one kept as past, never both.
        twice = connection.execute(
            sa.select(attempts.c.run_id).join(
                members,
                sa.and_(
                    members.c.run_id == attempts.c.run_id,
                    members.c.computer_id == attempts.c.computer_id,
                    members.c.attempt <= attempts.c.attempt,
                ),
            )
        ).all()
        assert twice == []
    for file in effects:  # I2
        lines = file.read_text().splitlines() if file.exists() else []
        assert len(lines) == len(set(lines)), f"an attempt had two effects: {lines}"
