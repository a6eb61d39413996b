"""Files of cron: `/etc/crontab`, `/etc/cron.d/*`, `crontab -l`; before a line may stand its file and a tab."""

from __future__ import annotations

import re

from itmsctl.inventory.captured import filled, lines
from itmsctl.inventory.parser import Parser, Rows

_FIELD = r"[\d*/,\-A-Za-z#LW?~]+"
_JOB = re.compile(rf"(?:(?P<source>/[^\t]*)\t)?(?P<when>(?:{_FIELD}\s+){{5}}|@\w+\s+)(?P<rest>\S.*)")
_USER = re.compile(r"(?P<user>[a-z_][\w.-]{0,31}\$?)\s+(?P<command>\S.*)")
_SPOOL = re.compile(r"/var/spool/cron/(?:crontabs/|tabs/)?([^/]+)$")


def scheduled_jobs(text: str) -> Rows:
    """Return jobs; in files of the system a user stands before the command, in those of a user none."""
    rows: Rows = []
    for line in lines(text):
        found = _JOB.fullmatch(line.strip())
        if found is None or found["when"].startswith("#"):
            continue
        source = found["source"] or "cron"
        spool = _SPOOL.search(source)
        user = None if spool or source == "cron" else _USER.fullmatch(found["rest"])
        command = user["command"] if user else found["rest"]
        rows += filled(
            {
                "source": source,
                "name": command[:200],
                "user": spool[1] if spool else user["user"] if user else None,
                "schedule": " ".join(found["when"].split()),
                "command": command,
                "is_enabled": True,
            }
        )
    return rows


PARSER = Parser("cat /etc/crontab /etc/cron.d/*; crontab -l", {"scheduled_jobs": scheduled_jobs})
