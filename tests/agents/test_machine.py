"""Whether a computer is the one that it was."""

from __future__ import annotations

from typing import Any

import pytest

from itmsctl.agents.endpoint.machine import is_same, machine, mark_of

WAS: dict[str, Any] = {"id": "a1", "host": "pc1", "uuid": "u1", "mac": ["00:01", "00:02"]}
BARE = {**WAS, "id": "", "uuid": "", "mac": []}


@pytest.mark.parametrize(
    ("was", "changes", "same"),
    [
        (WAS, {}, True),
        (WAS, {"host": "pc2"}, True),  # renamed
        (WAS, {"mac": ["00:09"]}, True),  # another card
        (WAS, {"host": "pc2", "mac": ["00:02", "00:09"]}, True),
        (WAS, {"uuid": ""}, True),  # an ordinary user may not read it
        (WAS, {"host": "pc2", "uuid": ""}, True),
        (WAS, {"id": "a2"}, False),  # a copy that made a machine-id of its own
        (WAS, {"uuid": "u2"}, False),  # a copy with the same machine-id and name: another BIOS
        (WAS, {"host": "pc2", "uuid": "u2"}, False),
        (WAS, {"host": "pc2", "mac": ["00:09"]}, False),  # a copy with a junk UUID
        (BARE, {}, True),
        (BARE, {"host": "pc2"}, False),  # its name is all that is known of it
        ({**BARE, "mac": ["00:01"]}, {"host": "pc2"}, True),
        ("broken", {}, False),
    ],
)
def test_is_same(was: Any, changes: dict[str, Any], same: bool) -> None:
    now = {**(was if isinstance(was, dict) else WAS), **changes}
    assert is_same(was, now) is same


def test_the_mark_outlives_a_name() -> None:
    assert mark_of(WAS) == mark_of({**WAS, "host": "pc2", "mac": []}) != mark_of({**WAS, "id": "a2"})
    assert is_same(machine(), machine())
