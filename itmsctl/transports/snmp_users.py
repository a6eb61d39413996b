"""Users of SNMP v3: their keys, digests and encryption (RFC 3414, RFC 3826, RFC 7860).

Keys longer than the digest that makes them, of aes192 and aes256, are made longer as net-snmp does
(draft-blumenthal-aes-usm-04).
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import field
from functools import lru_cache

from itmsctl.transports.ber import OCTETS, BerError, BerReader, octets
from itmsctl.transports.snmp_message import AUTHENTICATED, ENCRYPTED, SecureMessage, SnmpEngine
from itmsctl.values.lean import dataclass

# Of each digest: its name in `hashlib`, and how many of its bytes a message has.
DIGESTS = {
    "md5": ("md5", 12),
    "sha": ("sha1", 12),
    "sha224": ("sha224", 16),
    "sha256": ("sha256", 24),
    "sha384": ("sha384", 32),
    "sha512": ("sha512", 48),
}
CIPHERS = {"des": 16, "aes": 16, "aes192": 24, "aes256": 32}  # the bytes of their keys
SHORTEST = 8  # characters of a passphrase (RFC 3414, 11.2)


@dataclass(frozen=True)
class SnmpUser:
    """A user of SNMP v3. Without a digest nothing is proved; without a cipher nothing is encrypted."""

    name: str
    digest: str = ""
    passphrase: str = field(default="", repr=False)
    cipher: str = ""
    cipher_passphrase: str = field(default="", repr=False)

    @property
    def flags(self) -> int:
        """Return the flags of messages of this user."""
        return (AUTHENTICATED if self.digest else 0) | (ENCRYPTED if self.cipher else 0)


@lru_cache(maxsize=256)
def _key(digest: str, passphrase: str) -> bytes:
    """Return the key that a passphrase makes: the digest of a mebibyte of it."""
    text = passphrase.encode()
    return hashlib.new(DIGESTS[digest][0], (text * (2**20 // len(text) + 1))[: 2**20]).digest()


@lru_cache(maxsize=1024)
def local_key(digest: str, passphrase: str, engine: bytes) -> bytes:
    """Return the key that is this user's at one engine only."""
    key = _key(digest, passphrase)
    return hashlib.new(DIGESTS[digest][0], key + engine + key).digest()


def _cipher_key(user: SnmpUser, engine: bytes) -> bytes:
    key, size = local_key(user.digest, user.cipher_passphrase, engine), CIPHERS[user.cipher]
    while len(key) < size:
        key += hashlib.new(DIGESTS[user.digest][0], key).digest()
    return key[:size]


def signed(user: SnmpUser, message: SecureMessage) -> bytes:
    """Return the bytes of a message with the digest of its user."""
    data, at = message.encoded()
    if not user.digest:
        return data
    digest = _digest(user, message.engine.id, data)
    return data[:at] + digest + data[at + len(digest) :]


def _digest(user: SnmpUser, engine: bytes, data: bytes) -> bytes:
    name, size = DIGESTS[user.digest]
    return hmac.new(local_key(user.digest, user.passphrase, engine), data, name).digest()[:size]


def no_digest(user: SnmpUser) -> bytes:
    """Return what stands in the place of a digest while it is made."""
    return bytes(DIGESTS[user.digest][1]) if user.digest else b""


def is_genuine(user: SnmpUser, message: SecureMessage, data: bytes) -> bool:
    """Return whether the digest of a message that was read from `data` is that of its user."""
    empty, at = no_digest(user), message.digest_at
    if len(message.digest) != len(empty):
        return False
    blank = data[:at] + empty + data[at + len(empty) :]
    return hmac.compare_digest(_digest(user, message.engine.id, blank), message.digest)


def encrypted(user: SnmpUser, engine: SnmpEngine, scoped: bytes, salt: bytes) -> bytes:
    """Return a scoped PDU as it is sent: encrypted under a salt of 8 bytes that is never used twice."""
    if user.cipher == "des":
        scoped += bytes(-len(scoped) % 8)
    return octets(_ciphered(user, engine, scoped, salt, encrypts=True))


def decrypted(user: SnmpUser, message: SecureMessage) -> bytes:
    """Return the scoped PDU of an encrypted message. Raises BerError."""
    content = BerReader(message.scoped).content(OCTETS)
    if len(message.salt) != 8 or (user.cipher == "des" and len(content) % 8):
        raise BerError("it is not encrypted as it says")
    return _ciphered(user, message.engine, content, message.salt, encrypts=False)


def _ciphered(user: SnmpUser, engine: SnmpEngine, data: bytes, salt: bytes, *, encrypts: bool) -> bytes:
    from cryptography.hazmat.decrepit.ciphers.algorithms import TripleDES
    from cryptography.hazmat.decrepit.ciphers.modes import CFB
    from cryptography.hazmat.primitives.ciphers import Cipher
    from cryptography.hazmat.primitives.ciphers.algorithms import AES
    from cryptography.hazmat.primitives.ciphers.modes import CBC

    key = _cipher_key(user, engine.id)
    cipher: Cipher[CBC] | Cipher[CFB]
    if user.cipher == "des":
        # One DES is three with the same key; the standard has it, and old printers know nothing else.
        start = bytes(a ^ b for a, b in zip(key[8:], salt, strict=True))
        cipher = Cipher(TripleDES(key[:8] * 3), CBC(start))
    else:
        cipher = Cipher(AES(key), CFB(engine.boots.to_bytes(4, "big") + engine.time.to_bytes(4, "big") + salt))
    machine = cipher.encryptor() if encrypts else cipher.decryptor()
    return machine.update(data) + machine.finalize()
