"""From a socket to a session that is encrypted, signed, and somebody's: never a guest's (docs/windows.md)."""

from __future__ import annotations

import importlib.util
import ipaddress
import socket
from typing import Any

from smbprotocol.exceptions import (
    AccessDenied,
    LogonFailure,
    PasswordExpired,
    SMBAuthenticationError,
    SMBResponseException,
)
from smbprotocol.session import Session

from itmsctl.errors import (
    AuthFailedError,
    ConnectTimedOutError,
    HostNotSmbError,
    ItmsError,
    SmbGuestError,
    SmbUnencryptedError,
    SmbUnsignedError,
    UnreachableError,
    UsageError,
)
from itmsctl.transports.endpoint import Credentials, Endpoint
from itmsctl.transports.failures import shown, translated
from itmsctl.transports.smb_library import (
    SmbConnection,
    TooLateError,
    UnprotectedError,
    said,
    status_of,
)

_OLDEST = 0x0300
_CIPHERS = {1: "aes-128-ccm", 2: "aes-128-gcm", 3: "aes-256-ccm", 4: "aes-256-gcm"}
_SIGNINGS = {0: "hmac-sha256", 1: "aes-128-cmac", 2: "aes-128-gmac"}
# What a server says of a login beside that it is wrong (MS-ERREF).
_REFUSALS = {
    0xC0000064: "there is no such user",
    0xC000006E: "the account is restricted",
    0xC000006F: "not at this hour",
    0xC0000070: "not from this computer",
    0xC0000071: "the password has expired",
    0xC0000072: "the account is disabled",
    0xC000015B: "this kind of login is not granted to the user",
    0xC0000193: "the account has expired",
    0xC0000224: "the password must be changed first",
    0xC0000234: "the account is locked",
}


def is_realm_user(user: str) -> bool:
    """Return whether a user is `name@REALM`, who logs in by Kerberos; `DOMAIN\\name` and `name` do by NTLM."""
    return "@" in user and "\\" not in user


def negotiate(endpoint: Endpoint, sock: socket.socket, deadline: float, silence_s: float) -> SmbConnection:
    """Return a connection that will encrypt; nobody has logged in.

    Raises HostNotSmbError, ConnectTimedOutError, SmbUnencryptedError, UnreachableError.
    """
    made = SmbConnection(sock, server_name(endpoint), endpoint.port, silence_s)
    made.deadline = deadline
    try:
        with translated(lambda error: _no_smb(endpoint, error)):
            made.connect()
        _check_encryption(endpoint, made)
    except BaseException:
        made.hang_up()
        raise
    return made


def log_in_smb(endpoint: Endpoint, credentials: Credentials, made: SmbConnection) -> Any:
    """Return the session of the endpoint's user. Raises AuthFailedError, SmbGuestError, SmbUnsignedError and others."""
    kerberos = is_realm_user(endpoint.user)
    _check_means(endpoint, credentials, kerberos=kerberos)
    session = Session(
        made,
        username=endpoint.user,
        password=credentials.password,
        require_encryption=True,
        auth_protocol="kerberos" if kerberos else "ntlm",
    )

    def failed(error: Exception) -> ItmsError:
        return _login_error(endpoint, made, error, kerberos=kerberos)

    with translated(failed):
        session.connect()
        if made.is_guest():
            raise _guest(endpoint)
        made.check_welcome(session.session_id)
    return session


def _check_means(endpoint: Endpoint, credentials: Credentials, *, kerberos: bool) -> None:
    """Refuse a login that cannot be made before anything is sent. Raises AuthFailedError, UsageError."""
    if kerberos and importlib.util.find_spec("gssapi") is None:
        raise UsageError(
            f"a login of {shown(endpoint.user)} is one by Kerberos, and its library is not installed",
            hint="pip install 'itmsctl[kerberos]', or DOMAIN\\user for a login by NTLM",
        )
    if not kerberos and not credentials.password:
        raise AuthFailedError(
            f"there is no password for {shown(endpoint.user)} at {shown(endpoint.name)}",
            why="a login by NTLM needs one; only that of name@REALM, by Kerberos, can do with a ticket",
            hint="--credential NAME, or --password-file FILE",
        )


def server_name(endpoint: Endpoint) -> str:
    """Return the name by which Kerberos and shares know the server: a host name of its own, else the computer's."""
    return next((name for name in endpoint.addresses if not _is_ip(name)), endpoint.name)


def agreed(made: SmbConnection) -> tuple[tuple[str, str], ...]:
    """Return what was agreed on: dialect, cipher and way to sign."""
    dialect = f"{made.dialect >> 8}.{made.dialect >> 4 & 15}.{made.dialect & 15}"
    cipher = _CIPHERS.get(made.cipher_id or 1, "unknown")
    signing = _SIGNINGS.get(1 if made.signing_algorithm_id is None else made.signing_algorithm_id, "unknown")
    return (("dialect", dialect), ("cipher", cipher), ("signing", signing))


def _is_ip(text: str) -> bool:
    try:
        ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return False
    return True


def _check_encryption(endpoint: Endpoint, made: SmbConnection) -> None:
    if made.dialect >= _OLDEST and made.supports_encryption:
        return
    old = f"it speaks SMB {made.dialect >> 8}.{made.dialect >> 4 & 15} at best; only SMB 3 encrypts"
    raise SmbUnencryptedError(
        f"{shown(endpoint.name)} does not encrypt SMB; nobody logged in",
        why=old if made.dialect < _OLDEST else "its encryption is switched off",
        hint="on Windows: Set-SmbServerConfiguration -EncryptData $true; in Samba: server smb encrypt = desired",
    )


def _no_smb(endpoint: Endpoint, error: Exception) -> UnreachableError:
    where = f"port {endpoint.port} of {shown(endpoint.name)}"
    if isinstance(error, TooLateError):
        return ConnectTimedOutError(f"{where} is open, but nobody there speaks SMB in time", why=said(error))
    return HostNotSmbError(
        f"{where} answered, but not as an SMB server that is spoken with here",
        why=said(error) or "it hung up at once",
        hint="set the right port: itmsctl computer set NAME --port N; SMB 1 is not spoken",
    )


def _guest(endpoint: Endpoint) -> SmbGuestError:
    return SmbGuestError(
        f"{shown(endpoint.name)} took {shown(endpoint.user)} for a guest; nothing was sent",
        why="it let in somebody whom it does not know, so it has not proven who it is either",
        hint="in Samba: map to guest = never; on Windows: disable the Guest account, then give a user that is there",
    )


def _login_error(endpoint: Endpoint, made: SmbConnection, error: Exception, *, kerberos: bool) -> ItmsError:
    name, user = shown(endpoint.name), shown(endpoint.user)
    if isinstance(error, UnprotectedError):
        return SmbUnsignedError(
            f"{name} ended the login with an answer that is not signed by it; nothing was sent",
            why=said(error),
            hint="somebody may be in between: look at the way to that computer",
        )
    if made.is_guest():
        return _guest(endpoint)
    if isinstance(error, TooLateError):
        return ConnectTimedOutError(
            f"{name} did not answer the login in time", why="the computer is very slow, or it hangs"
        )
    status = status_of(error)
    if isinstance(error, (LogonFailure, AccessDenied, PasswordExpired)) or status in _REFUSALS:
        why = _REFUSALS.get(status, "user or password are wrong")
        hint = "DOMAIN\\user or name@REALM for a user of a domain; itmsctl credential rotate for another password"
        return AuthFailedError(f"{name} refused the login of {user}", why=why, hint=hint)
    by_kerberos = type(error).__module__.partition(".")[0] in {"krb5", "gssapi"}
    if by_kerberos or isinstance(error, (SMBAuthenticationError, ValueError, ImportError)):
        return AuthFailedError(
            f"no login of {user} to {name} could be made",
            why=said(error),
            hint="kinit, or a password; the name of the server must be its own in the realm" if kerberos else "",
        )
    if isinstance(error, SMBResponseException):
        return UnreachableError(f"{name} refused the session of {user}", why=said(error))
    return UnreachableError(f"the SMB connection to {name} broke off before the login was done", why=said(error))
