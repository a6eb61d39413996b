"""Which policy an agent believes."""

from __future__ import annotations

from typing import Any

import pytest

from itmsctl.agents.endpoint.ed25519 import public_of, sign
from itmsctl.agents.endpoint.policy import RefusedPolicyError, believed
from itmsctl.agents.form import EVENT_SPACE, POLICY_SPACE, joined, written
from itmsctl.packages.trust.sshsig_form import armoured, to_sign

SERVER, OTHER = bytes(32), b"o" * 32
ME, NOW, DAY = "a" * 32, 1_000_000, 86_400
HEAD: dict[str, Any] = {"agent": ME, "number": 5, "issued": NOW - DAY, "expires": NOW + DAY}


def signed(head: Any, secret: bytes = SERVER, space: str = POLICY_SPACE) -> bytes:
    line = written(head)
    return joined(line, armoured(public_of(secret), sign(secret, to_sign(line, space)), space))


GOOD = signed(HEAD)


def looked_at(data: bytes, last: int = 5) -> dict[str, Any]:
    return believed(data, ME, [public_of(SERVER).hex()], last, NOW)


def test_good_policy_is_believed() -> None:
    assert looked_at(GOOD) == HEAD
    assert looked_at(GOOD, 4) == HEAD


@pytest.mark.parametrize(
    ("word", "data"),
    [
        ("tampered", GOOD.replace(b'"number":5', b'"number":6')),
        ("signature", signed(HEAD, OTHER)),
        ("signature", signed(HEAD, space=EVENT_SPACE)),
        ("other", signed({**HEAD, "agent": "b" * 32})),
        ("older", signed({**HEAD, "number": 4})),
        ("expired", signed({**HEAD, "expires": NOW})),
        ("clock", signed({**HEAD, "issued": NOW + 2 * DAY, "expires": NOW + 9 * DAY})),
        ("damaged", signed({**HEAD, "number": None})),
        ("damaged", signed([])),
        ("damaged", GOOD[:-10]),
        ("damaged", b""),
        ("damaged", b"\xff" * 1000 + b"\n" + GOOD),
        ("damaged", GOOD.replace(b'{"agent"', b'{ "agent"')),
    ],
)
def test_what_is_not_believed(word: str, data: bytes) -> None:
    with pytest.raises(RefusedPolicyError) as refused:
        looked_at(data)
    assert refused.value.word == word
