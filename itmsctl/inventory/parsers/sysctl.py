"""`sysctl -a` of Linux and BSD: settings of the kernel."""

from __future__ import annotations

import re

from itmsctl.inventory.captured import filled, lines
from itmsctl.inventory.parser import Parser, Rows

_LINE = re.compile(r"(?P<name>[a-z][\w/-]*(?:\.[\w/@:-]+)+)(?: = |: |=)(?P<value>.*)")
_COUNTERS = re.compile(
    r"kernel\.(?:random|pty\.nr|ns_last_pid|keys|sched_domain)|fs\.(?:dentry-state|file-nr|inode-|quota)|dev\.cdrom|kern\.(?:cp_time|lastpid)"
    r"|net\.netfilter\.nf_conntrack_count|vm\.(?:stats|loadavg|vmtotal)"
)


def kernel_parameters(text: str) -> Rows:
    """Return settings; what only counts is none."""
    rows: Rows = []
    for line in lines(text):
        found = _LINE.fullmatch(line.rstrip())
        if found and not _COUNTERS.match(found["name"]):
            rows += filled({"name": found["name"], "value": " ".join(found["value"].split())}, "value")
    return rows


PARSER = Parser("sysctl -a", {"kernel_parameters": kernel_parameters})
