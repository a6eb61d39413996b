"""A process that writes: `python -m tests.cmdb.writer URL STATE NAME COUNT` adds sites and acknowledges each."""

from __future__ import annotations

import sys
from pathlib import Path

from itmsctl.cmdb.actor import Actor
from itmsctl.cmdb.engine import place_of
from itmsctl.cmdb.opening import open_store
from itmsctl.values.times import system_clock
from tests.cmdb.nouns import SITES


def main(url: str, state: str, name: str, count: str) -> None:
    store = open_store(place_of(url), clock=system_clock, actor=Actor(name, f"writer {name}"), state_folder=Path(state))
    for i in range(int(count)):
        store.write(lambda unit, i=i: SITES.add(unit, f"{name}-{i}", {"region": name}))
        # every writer also edits one shared row: a lost update would show in its revision
        store.write(lambda unit, i=i: SITES.set(unit, "shared", {"description": f"{name} {i}"}))
        sys.stdout.write(f"{i}\n")
        sys.stdout.flush()
    store.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
