"""Our dynamic inventory is what Ansible takes for one: its own program reads it."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from itmsctl.cmdb.store import Store
from itmsctl.inventory.ansible_groups import group_name
from tests.conftest import START, Run
from tests.inventory.telling import tell

HOSTILE = "{{ lookup('pipe', 'echo evaluated') }}"
SYSTEM = {"operating_system": [{"name": "Debian GNU/Linux", "version": "12", "uptime_s": 9, "release": HOSTILE}]}


@pytest.fixture
def fleet(ok: Run, store: Store) -> Store:
    ok("site", "add", "São Paulo")
    ok("subnet", "add", "10.1.0.0/16", "--site", "São Paulo")
    web1 = ("--address", "10.1.0.7", "--os-family", "linux", "--tag", "env=prod", "--port", "2222")
    ok("computer", "add", "web1", *web1, "--description", HOSTILE)
    ok("computer", "add", "b c", "--tag", "role=a b")
    ok("computer", "add", "alone")
    tell(store, START, {"web1": SYSTEM})
    return store


def test_hosts_stand_in_groups_with_what_is_known_of_them(ok: Run, run: Run, fleet: Store) -> None:
    found = ok("inventory", "ansible", "--list").json
    assert found["os_linux"]["hosts"] == found["tag_env_prod"]["hosts"] == found["site_S_o_Paulo"]["hosts"] == ["web1"]
    assert found["ungrouped"]["hosts"] == ["alone"]
    its = found["_meta"]["hostvars"]["web1"]
    assert (its["ansible_host"], its["ansible_port"], its["itms_site"]) == ("10.1.0.7", 2222, ["São Paulo"])
    system = its["itms_operating_system"]
    assert (system["name"], system["version"], "uptime_s" in system) == ("Debian GNU/Linux", "12", False)
    assert system["release"] == {"__ansible_unsafe": HOSTILE}
    assert ok("inventory", "ansible", "--host", "web1").json == its
    assert list(ok("inventory", "ansible", "--list", "-l", "env=prod").json["_meta"]["hostvars"]) == ["web1"]
    assert run("inventory", "ansible", "--host", "nobody").code == 5
    assert run("inventory", "ansible").code == 2


def test_the_real_ansible_reads_it_and_runs_nothing_of_it(
    ok: Run, fleet: Store, db: str, environment: dict[str, str], tmp_path: Path
) -> None:
    assert shutil.which("ansible-inventory"), "type: apt-get install ansible-core"
    script = tmp_path / "itms.sh"
    script.write_text(f'#!/bin/sh\nexec {sys.executable} -m itmsctl --db "{db}" inventory ansible "$@"\n')
    script.chmod(0o700)
    env = environment | {"HOME": str(tmp_path), "PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"}

    def ansible(*argv: str) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(argv, capture_output=True, text=True, env=env, check=False)
        assert done.returncode == 0, done.stderr
        return done

    listed = ansible("ansible-inventory", "-i", str(script), "--list")
    found = json.loads(listed.stdout)
    assert found["_meta"]["hostvars"]["web1"]["itms_operating_system"]["version"] == "12"
    assert found["os_linux"]["hosts"] == ["web1"]
    assert sorted(found["_meta"]["hostvars"]) == ["alone", "b c", "web1"]
    assert "Invalid characters" not in listed.stderr
    for name in ("itms_description", "itms_operating_system.release"):
        shown = ansible("ansible", "web1", "-i", str(script), "-m", "debug", "-a", f"var={name}")
        assert HOSTILE in shown.stdout, "what is recorded is no template"


@pytest.mark.parametrize(
    ("said", "name"), [("prod", "tag_prod"), ("a b", "tag_a_b"), ("é-1", "tag_1"), ("--", "tag_x")]
)
def test_names_of_groups_are_what_ansible_allows(said: str, name: str) -> None:
    assert group_name("tag", said) == name
