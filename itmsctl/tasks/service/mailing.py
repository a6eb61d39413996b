"""Hand over the mail that a server task sends: its server, sender and receivers are among the task's arguments."""

from __future__ import annotations

from pathlib import Path

from itmsctl.errors import InputError
from itmsctl.security.service.credentials import read_secret
from itmsctl.tasks.service.serving import Call
from itmsctl.transports import smtp


def send(call: Call, body: str, *attachments: smtp.Attachment) -> str:
    """Send a mail as the arguments of `tasks.mails` say; return what was done.

    Raises InputError, MailError where it was surely not sent, MailUnknownError where that cannot be told.
    """
    a = call.arguments
    password = None if a["password_file"] is None else read_secret(Path(a["password_file"]))
    ca_file = None if a["ca_file"] is None else Path(a["ca_file"])
    if ca_file is not None and not ca_file.is_file():
        raise InputError(f"there is no file {ca_file}")
    mail = smtp.Mail(a["from"], a["to"], a["subject"], body, call.marker, call.store.clock(), attachments)
    server = smtp.MailServer(a["host"], a["port"], a["starttls"], ca_file, a["user"], password)
    smtp.send(mail, server, call.step.time_limit_s)
    return f"sent to {', '.join(a['to'])}"
