"""How later rooms hear of computers, without this room knowing them: events of `HOOKS` in their `kinds.py`.

    HOOKS = {"addresses_changed": "itmsctl.sites.service:assign"}

Called as `(unit, ids)`, in the transaction of the change:

- `addresses_changed`: addresses of these computers were added, changed or removed.
- `computer_renamed`: these computers bear another name now.
- `computers_merged`: ids are winner and loser; the loser is about to go: move what hangs on it, or raise InUseError.
- `computer_split`: ids are the winner and what a split has restored, under a new internal id.
- `computer_removed`: these are about to go: drop what hangs on them alone, or raise InUseError.
- `resource_removed`: computers, devices or others are about to go, after `computer_removed` where they are computers.

Called as `(reader, ids)`, to answer {id: {name: value}}:

- `computer_fields`: a page of computers is listed or shown: fields of the room's own.
- `computer_sections`: a computer is shown: parts below its fields.

Called as `(store, text, stdin, warn)`, to return the ids of computers:

- `targeted`: what a selector of `--target` holds now; of several rooms the first is asked.

Called as `(reader, ids, guard_max)`, to return texts:

- `removal_guard`: why removing these computers together has to be confirmed by their number.

No order between rooms is promised.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from itmsctl.errors import UsageError
from itmsctl.values.kind import house

EVENTS = (
    "addresses_changed",
    "computer_renamed",
    "computers_merged",
    "computer_split",
    "computer_removed",
    "resource_removed",
    "computer_fields",
    "computer_sections",
    "targeted",
    "removal_guard",
)


def fire(event: str, unit: Any, ids: Sequence[int]) -> None:
    """Tell every listener of an event; nothing where no computer is meant."""
    assert event in EVENTS, event
    if ids:
        for listener in house().calls(event):
            listener(unit, ids)


def gather(event: str, reader: Any, ids: Sequence[int]) -> dict[int, dict[str, Any]]:
    """Return what the listeners of an event say of each computer, put together."""
    assert event in EVENTS, event
    found: dict[int, dict[str, Any]] = {}
    if ids:
        for listener in house().calls(event):
            for computer, said in listener(reader, ids).items():
                found.setdefault(computer, {}).update(said)
    return found


def targeted(store: Any, text: str, stdin: Iterable[str], warn: Callable[[str], None]) -> frozenset[int]:
    """Return the computers that a selector of `--target` holds now; `-` means the names that `stdin` gives.

    Raises what the room that knows targets raises.
    """
    for listener in house().calls("targeted"):
        return frozenset(listener(store, text, stdin, warn))
    raise UsageError("no room knows targets", hint="leave --target out")
