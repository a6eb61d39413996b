"""The secret of a user of SNMP v3, as lines: `auth sha256 PASSPHRASE`, and `priv aes PASSPHRASE` where it encrypts."""

from __future__ import annotations

from itmsctl.errors import InputError
from itmsctl.transports.snmp_users import CIPHERS, DIGESTS, SHORTEST, SnmpUser

_LONGEST = 1024
_KNOWN = {"auth": tuple(DIGESTS), "priv": tuple(CIPHERS)}
_SHAPE = "two lines: `auth sha256 PASSPHRASE` and `priv aes PASSPHRASE`"


def checked_lines(text: str) -> str:
    """Return the lines of a secret in their one form. Raises InputError, which never says what it was given."""
    said = _said(text)
    return "".join(f"{word} {how} {phrase}\n" for word, (how, phrase) in said.items())


def snmp_user(name: str, text: str) -> SnmpUser:
    """Return the user of a secret. Raises InputError, which never says what it was given."""
    said = _said(text)
    digest, passphrase = said["auth"]
    cipher, cipher_passphrase = said.get("priv", ("", ""))
    return SnmpUser(name, digest, passphrase, cipher, cipher_passphrase)


def _said(text: str) -> dict[str, tuple[str, str]]:
    found: dict[str, tuple[str, str]] = {}
    for number, line in enumerate((one for one in text.splitlines() if one.strip()), start=1):
        word, _, rest = line.strip().partition(" ")
        how, _, phrase = rest.strip().partition(" ")
        word, how, phrase = word.lower(), how.lower().replace("-", ""), phrase.strip()
        if word not in _KNOWN or word in found:
            raise InputError(f"line {number} of the secret is not one of SNMP v3", hint=_SHAPE)
        if how not in _KNOWN[word]:
            raise InputError(f"line {number} of the secret names no way that is known", hint=", ".join(_KNOWN[word]))
        if not SHORTEST <= len(phrase) <= _LONGEST:
            raise InputError(f"a passphrase of SNMP v3 has at least {SHORTEST} characters", hint=_SHAPE)
        found[word] = (how, phrase)
    if "auth" not in found:
        raise InputError("the secret does not say how the user proves who it is", hint=_SHAPE)
    return dict(sorted(found.items()))
