"""Documents as files, and what a command made of them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from itmsctl.values.predefined import guids

Write = Callable[..., str]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Write a file of documents and return its path: `write("kind: site\\nname: rome")`."""

    def to_file(text: str | bytes, name: str = "estate.yaml") -> str:
        path = tmp_path / "plans" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode() if isinstance(text, str) else text)
        return str(path)

    return to_file


ESTATE = """\
kind: policy
name: p
spec: {job: j, schedule: nightly, target: t & linux, transport: openssh}
---
kind: server
name: pc1
spec: {services: [task], sites: [rome]}
---
kind: site
name: rome
spec:
  region: Lazio
  time_zone: Europe/Rome
---
kind: subnet
name: 10.1.0.0/16
spec: {site: rome}
---
kind: computer
name: pc1
spec: {address: [10.1.1.1], os_family: linux, tags: {env: prod}}
---
kind: filter
name: linux
spec: {where: os_family = 'linux'}
---
kind: group
name: child
spec: {parent: top, members: [pc1]}
---
kind: group
name: top
spec: {view: floors}
---
kind: view
name: floors
---
kind: target
name: t
spec: {filters: [linux], is: linux & top}
---
kind: window
name: w
spec: {type: blockout, daily: "12:00", duration_s: 2h, targets: ["filter:linux"]}
---
kind: task
name: hello
spec:
  type: command
  body: |
    set -e
    echo hello
---
kind: job
name: j
spec: {steps: [hello, {task: hello, name: again, retries: 2, backoff: 30s}]}
---
kind: schedule
name: nightly
spec: {daily: "02:00"}
---
kind: management-server
name: ns1
spec: {site: rome, sites: [rome], report_autorun: true}
---
kind: gateway
name: gw1
spec: {servers: [ns1], zone: dmz}
"""


def without_predefined(exported: str) -> str:
    """Return an export in YAML or NDJSON without the objects that come with a new database."""
    is_yaml = not exported.startswith("{")
    documents = exported.split("---\n") if is_yaml else exported.splitlines(keepends=True)
    kept = [text for text in documents if not any(guid in text for guid in guids())]
    return ("---\n" if is_yaml else "").join(kept)
