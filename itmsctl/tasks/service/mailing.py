"""Hand over the mail that a server task sends: its server, sender and receivers are among the task's arguments."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from itmsctl.errors import InputError
from itmsctl.security.service.credentials import read_secret
from itmsctl.transports import smtp
from itmsctl.transports.attachment import Attachment


@dataclass(frozen=True, slots=True)
class MailTask:
    """What a task sends: its arguments (`tasks.mails`), the mark of its step, the moment, and how long it may take."""

    arguments: Mapping[str, Any]
    marker: str
    at: datetime
    limit_s: float


def send(task: MailTask, body: str, *files: Attachment) -> str:
    """Send a mail; return what was done.

    Raises InputError, MailError where it was surely not sent, MailUnknownError where that cannot be told.
    """
    a = task.arguments
    password = None if a["password_file"] is None else read_secret(Path(a["password_file"]))
    ca_file = None if a["ca_file"] is None else Path(a["ca_file"])
    if ca_file is not None and not ca_file.is_file():
        raise InputError(f"there is no file {ca_file}")
    mail = smtp.Mail(a["from"], a["to"], a["subject"], body, task.marker, task.at, files)
    server = smtp.MailServer(a["host"], a["port"], a["starttls"], ca_file, a["user"], password)
    smtp.send(mail, server, task.limit_s)
    return f"sent to {', '.join(a['to'])}"
