"""Host keys of one computer: accepting retires, revoking is for ever."""

from __future__ import annotations

import pytest

from itmsctl.errors import HostKeyRevokedError, InputError, NotFoundError
from itmsctl.security import pins
from itmsctl.transports.endpoint import HostKeyPin


def _key(letter: str, state: str = "pinned") -> HostKeyPin:
    return HostKeyPin("ssh-ed25519", f"SHA256:{letter * 43}", letter.encode(), state)  # type: ignore[arg-type]


def _states(change: pins.PinDecision) -> dict[str, str]:
    return {key.fingerprint[7]: key.state for key in change.keys}


def test_a_first_key_is_pinned() -> None:
    change = pins.accept((), _key("a"))
    assert (_states(change), change.action) == ({"a": "pinned"}, "updated")


def test_a_new_key_retires_the_old() -> None:
    change = pins.accept((_key("a"), _key("z", "retired")), _key("b"))
    assert _states(change) == {"a": "retired", "z": "retired", "b": "pinned"}
    assert {key.fingerprint[7] for key in change.written} == {"a", "b"}


def test_accepting_the_pinned_key_changes_nothing() -> None:
    assert pins.accept((_key("a"),), _key("a")).action == "unchanged"


def test_a_retired_key_can_come_back_a_revoked_one_cannot() -> None:
    assert _states(pins.accept((_key("a", "retired"), _key("b")), _key("a"))) == {"a": "pinned", "b": "retired"}
    with pytest.raises(HostKeyRevokedError):
        pins.accept((_key("a", "revoked"),), _key("a"))


def test_revoking() -> None:
    change = pins.revoke((_key("a"), _key("b", "retired")), _key("a").fingerprint)
    assert _states(change) == {"a": "revoked", "b": "retired"}
    assert pins.revoke(change.keys, _key("a").fingerprint).action == "unchanged"
    with pytest.raises(NotFoundError):
        pins.revoke((_key("a"),), _key("c").fingerprint)


@pytest.mark.parametrize("text", ["", "a" * 43, "MD5:" + "a" * 43, "SHA256:" + "a" * 42, "SHA256:" + "a" * 44])
def test_what_is_no_fingerprint(text: str) -> None:
    with pytest.raises(InputError):
        pins.check_fingerprint(text)


def test_a_fingerprint_may_carry_its_padding() -> None:
    assert pins.check_fingerprint("SHA256:" + "a" * 43 + "=") == "SHA256:" + "a" * 43
