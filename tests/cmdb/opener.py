"""A process that opens a database for the first time: `python -m tests.cmdb.opener URL STATE`; prints its GUID."""

from __future__ import annotations

import sys
from pathlib import Path

from itmsctl.cmdb.actor import Actor
from itmsctl.cmdb.engine import place_of
from itmsctl.cmdb.opening import open_store
from itmsctl.values.times import system_clock


def main(url: str, state: str) -> None:
    store = open_store(place_of(url), clock=system_clock, actor=Actor("opener"), state_folder=Path(state))
    sys.stdout.write(store.identity.server_guid + "\n")
    store.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
