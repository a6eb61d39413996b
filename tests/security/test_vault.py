"""The framing of the vault: what opens what, and what is said where something does not open."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from itmsctl.errors import InputError, VaultTamperedError, WrongPassphraseError
from itmsctl.security import vault
from itmsctl.security.vault import DataKey, Kdf, SecretPlace, VaultHeader

PASSPHRASE = b"correct horse battery staple"
QUICK = Kdf(memory_kib=64, iterations=1, lanes=1)
HEADER, KEY = vault.make("v", "k", PASSPHRASE, os.urandom, QUICK)
PLACE = SecretPlace("c", "secret", 1)


def test_the_figures_are_those_of_the_design_and_are_kept() -> None:
    assert vault.make("v", "k", PASSPHRASE, os.urandom)[0].kdf == Kdf(65536, 3, 4)
    assert vault.unlock(HEADER, PASSPHRASE) == KEY  # by its own, quicker figures
    assert (len(HEADER.salt), len(KEY.data), len(KEY.seal(PLACE, b"", os.urandom))) == (16, 32, 12 + 16)


def test_known_answers() -> None:
    """Another program with the same primitives opens what was sealed: the format is as documented."""
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    sealed = DataKey("v", "k", bytes(32)).seal(PLACE, b"hello", lambda n: bytes(range(n)))
    bound = b'["secret",1,"v","c","secret",1,"k"]'
    assert sealed == bytes(range(12)) + AESGCM(bytes(32)).encrypt(bytes(range(12)), b"hello", bound)


@pytest.mark.parametrize("words", [b"", PASSPHRASE + b" ", PASSPHRASE.upper(), b"another passphrase"])
def test_a_wrong_passphrase_is_told_as_such(words: bytes) -> None:
    with pytest.raises(WrongPassphraseError) as caught:
        vault.unlock(HEADER, words)
    assert caught.value.exit_status == 13


def flipped(data: bytes, at: int = 20) -> bytes:
    return data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]


CHANGED: list[tuple[Callable[[VaultHeader], VaultHeader], type[Exception]]] = [
    (lambda h: replace(h, wrapped_key=flipped(h.wrapped_key)), VaultTamperedError),
    (lambda h: replace(h, check_record=flipped(h.check_record)), VaultTamperedError),
    (lambda h: replace(h, wrapped_key=h.check_record), VaultTamperedError),
    (lambda h: replace(h, check_record=b""), VaultTamperedError),
    # Of these nobody can tell whether the passphrase or the header is another one.
    (lambda h: replace(h, salt=flipped(h.salt, 3)), WrongPassphraseError),
    (lambda h: replace(h, key_id="other"), WrongPassphraseError),
    (lambda h: replace(h, vault_id="other"), WrongPassphraseError),
]


@pytest.mark.parametrize(("change", "error"), CHANGED)
def test_a_changed_header_never_opens(change: Callable[[VaultHeader], VaultHeader], error: type[Exception]) -> None:
    with pytest.raises(error):
        vault.unlock(change(HEADER), PASSPHRASE)


@pytest.mark.parametrize(
    "kept",
    [{}, {"memory_kib": 64}, {**QUICK.as_dict(), "memory_kib": 10**9}, {**QUICK.as_dict(), "lanes": 0},
     {**QUICK.as_dict(), "iterations": True}, {**QUICK.as_dict(), "more": 1}],
)  # fmt: skip
def test_a_header_cannot_ask_for_all_of_the_memory(kept: dict[str, int]) -> None:
    with pytest.raises(VaultTamperedError):
        Kdf.from_dict(kept)
    assert Kdf.from_dict(QUICK.as_dict()) == QUICK


@given(secret=st.binary(max_size=300), at=st.integers(0, 2000), bit=st.integers(0, 7))
def test_any_flipped_bit_is_seen(secret: bytes, at: int, bit: int) -> None:
    sealed = bytearray(KEY.seal(PLACE, secret, os.urandom))
    assert KEY.open(PLACE, bytes(sealed)) == secret
    sealed[at % len(sealed)] ^= 1 << bit
    with pytest.raises(VaultTamperedError):
        KEY.open(PLACE, bytes(sealed))


places = st.builds(SecretPlace, st.sampled_from(["a", "b", "ab"]), st.sampled_from(["secret", "b"]), st.integers(1, 3))


@given(places, places)
def test_a_ciphertext_opens_in_its_own_place_only(mine: SecretPlace, other: SecretPlace) -> None:
    sealed = KEY.seal(mine, b"S3cr3t", os.urandom)
    if mine == other:
        assert KEY.open(other, sealed) == b"S3cr3t"
    else:
        with pytest.raises(VaultTamperedError):
            KEY.open(other, sealed)


def test_another_vault_and_another_key_do_not_open_it() -> None:
    sealed = KEY.seal(PLACE, b"S3cr3t", os.urandom)
    for other in (replace(KEY, vault_id="w"), replace(KEY, key_id="l"), vault.another_key(KEY, "k", os.urandom)):
        with pytest.raises(VaultTamperedError):
            other.open(PLACE, sealed)
    with pytest.raises(VaultTamperedError):
        KEY.open(PLACE, b"short")


def test_another_passphrase_opens_the_same_key() -> None:
    again = vault.wrap(KEY, b"a new passphrase", os.urandom, QUICK)
    assert vault.unlock(again, b"a new passphrase") == KEY
    with pytest.raises(WrongPassphraseError):
        vault.unlock(again, PASSPHRASE)
    assert again.salt != HEADER.salt


def test_a_short_passphrase_is_refused() -> None:
    with pytest.raises(InputError, match="at least 12"):
        vault.make("v", "k", b"eleven char", os.urandom, QUICK)
    header, key = vault.make("v", "k", b"twelve chars", os.urandom, QUICK)
    assert vault.unlock(header, b"twelve chars") == key


def test_no_repr_shows_a_key() -> None:
    assert KEY.data.hex() not in repr(KEY)
    assert repr(KEY.data) not in repr(KEY)
