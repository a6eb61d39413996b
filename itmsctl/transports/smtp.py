"""A mail handed to an SMTP server: sent, refused, or, where the link broke too early, unknown."""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime
from pathlib import Path

from itmsctl.errors import InputError, MailError, MailUnknownError
from itmsctl.transports.attachment import Attachment
from itmsctl.transports.failures import shown


@dataclass(frozen=True, slots=True)
class Mail:
    """One mail. Its `token` names it in its Message-ID, so that two copies can be told to be one."""

    sender: str
    receivers: tuple[str, ...]
    subject: str
    body: str
    token: str
    at: datetime
    attachments: tuple[Attachment, ...] = ()


@dataclass(frozen=True, slots=True)
class MailServer:
    """The server to hand a mail to, and how."""

    host: str
    port: int
    starttls: bool = False
    ca_file: Path | None = None
    user: str | None = None
    password: str | None = field(default=None, repr=False)


def message_of(mail: Mail) -> EmailMessage:
    """Return a mail as it is sent. Raises InputError for a line break where none may be: it would be another header."""
    found = EmailMessage()
    headers = {"From": mail.sender, "To": ", ".join(mail.receivers), "Subject": mail.subject}
    headers |= {
        "Date": format_datetime(mail.at),
        "Message-ID": f"<{mail.token}@itmsctl>",
        "Auto-Submitted": "auto-generated",
    }
    for name, value in headers.items():
        if any(ord(char) < 32 or ord(char) == 127 for char in value):
            raise InputError(f"`{name}` of a mail is one line without control characters")
        try:
            found[name] = value
        except (ValueError, IndexError) as error:  # of the library's parser of addresses
            raise InputError(f"`{name}` of the mail is not well formed", why=str(error)) from None
    found.set_content(mail.body)
    for one in mail.attachments:
        kind, _, form = one.media_type.partition("/")
        found.add_attachment(one.data, maintype=kind, subtype=form, filename=one.name)
    return found


def send(mail: Mail, server: MailServer, limit_s: float) -> None:
    """Hand a mail over.

    Raises MailError where it was surely not sent, or not to everybody; MailUnknownError where that cannot be told.
    """
    message = message_of(mail)
    try:
        link = smtplib.SMTP(server.host, server.port, timeout=max(1.0, limit_s))
    except (OSError, smtplib.SMTPException) as error:
        raise _not_sent(server, error) from None
    with link:
        _greet(link, server)
        try:
            refused = link.send_message(message, mail.sender, list(mail.receivers))
        except smtplib.SMTPServerDisconnected as error:
            raise _unknown(server, error) from None
        except (smtplib.SMTPException, UnicodeError) as error:
            raise _not_sent(server, error) from None
        except OSError as error:
            raise _unknown(server, error) from None
    if refused:
        who = "; ".join(f"{shown(to)}: {shown(_said(code, text))}" for to, (code, text) in refused.items())
        raise MailError(f"{shown(server.host)} took the mail, but not for everybody", why=who)


def _greet(link: smtplib.SMTP, server: MailServer) -> None:
    try:
        link.ehlo()
        if server.starttls:
            context = ssl.create_default_context(cafile=None if server.ca_file is None else str(server.ca_file))
            link.starttls(context=context)
            link.ehlo()
        if server.user is not None and server.password is not None:
            link.login(server.user, server.password)
    except (OSError, smtplib.SMTPException) as error:
        raise _not_sent(server, error) from None


def _unknown(server: MailServer, error: Exception) -> MailUnknownError:
    return MailUnknownError(
        f"the link to {shown(server.host)} broke before it confirmed the mail",
        why=shown(str(error)),
        hint="look there before it is sent again",
    )


def _not_sent(server: MailServer, error: Exception) -> MailError:
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        said: Sequence[str] = [f"{to}: {_said(code, text)}" for to, (code, text) in error.recipients.items()]
    elif isinstance(error, smtplib.SMTPResponseException):
        said = [_said(error.smtp_code, error.smtp_error)]
    else:
        said = [str(error) or type(error).__name__]
    return MailError(
        f"{shown(server.host)}:{server.port} did not take the mail; it was not sent",
        why=shown("; ".join(said)),
        hint="itmsctl task show NAME shows its server",
    )


def _said(code: int, text: bytes | str) -> str:
    return f"{code} {text.decode('utf-8', 'replace') if isinstance(text, bytes) else text}"
