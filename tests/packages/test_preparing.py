"""`server prepare`: a computer of the lab becomes a package server that hands out what it was given."""

from __future__ import annotations

import os
import shutil
import subprocess
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from examples.lab.ssh_endpoints import free_port
from itmsctl.errors import InputError
from itmsctl.packages.preparing import PROGRAM, Preparation
from tests.house import ROOT
from tests.packages.conftest import Fleet
from tests.servers import missing
from tests.servers.machine import can_unshare


def test_a_computer_is_prepared_with_its_first_copy(fleet: Fleet, tmp_path: Path) -> None:
    fleet.add(0)
    digest = fleet.package(size=1000)
    folder = tmp_path / "deep" / "packages"
    done = fleet.ok("server", "prepare", "s1", "--folder", str(folder), "--package", "tool", *fleet.way)
    assert f"made: {folder}" in done.out + done.err
    assert (folder / digest / "big.bin").stat().st_size == 1000
    assert fleet.states() == {"s1": "ready"}
    assert fleet.ok("server", "show", "s1", "-o", "json").json["folder"] == str(folder)
    again = fleet.ok("server", "prepare", "s1", "--package", "tool", *fleet.way)
    assert "made:" not in again.out


def test_what_cannot_be_prepared_is_said(fleet: Fleet, tmp_path: Path) -> None:
    fleet.add(0)
    (tmp_path / "file").write_text("")
    result = fleet.run("server", "prepare", "s1", "--folder", str(tmp_path / "file" / "x"), *fleet.way)
    assert result.code == 8
    assert "cannot be made" in result.out + result.err
    fleet.ok("computer", "add", "other")
    fleet.ok("server", "add", "other", "--service", "task")
    assert "--add-service package" in fleet.run("server", "prepare", "other", *fleet.way).err


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        (Preparation("/srv/x", account="a b"), "account"),
        (Preparation("/srv/x", account="-x"), "account"),
        (Preparation("/srv/x", port=0), "port"),
        (Preparation('/srv/"x', port=80), "nginx"),
        (Preparation("srv"), "absolute path"),
    ],
)
def test_values_that_do_not_go_to_a_server(wanted: Preparation, said: str) -> None:
    with pytest.raises(InputError, match=said):
        wanted.environment()


@pytest.fixture
def nginx(tmp_path: Path) -> tuple[str, Path]:
    """Return the URL and the folder of an nginx of the example configuration."""
    program = shutil.which("nginx") or "/usr/sbin/nginx"
    if not Path(program).exists():
        missing("nginx", "nginx is not installed")
    return program, tmp_path


def test_the_example_configuration_hands_out_ranges(nginx: tuple[str, Path]) -> None:
    program, folder = nginx
    port = free_port()
    (folder / "packages" / "ab").mkdir(parents=True)
    (folder / "packages" / "ab" / "f").write_bytes(b"0123456789")
    (folder / "packages" / ".part-ab").mkdir()
    (folder / "packages" / ".part-ab" / "f").write_bytes(b"half")
    example = (ROOT / "examples/package-server/nginx.conf").read_text(encoding="utf-8")
    example = example.replace("/srv/itms/packages", str(folder / "packages")).replace("8080", str(port))
    whole = f"pid {folder}/pid; error_log {folder}/log; events {{}}\nhttp {{ access_log off; {example} }}\n"
    for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"):
        whole = whole.replace("http {", f"http {{ {name}_temp_path {folder}/{name};", 1)
    (folder / "conf").write_text("user root;\n" + whole)
    subprocess.run([program, "-c", str(folder / "conf")], check=True)
    try:
        base = f"http://127.0.0.1:{port}"
        asked = urllib.request.Request(f"{base}/ab/f", headers={"Range": "bytes=2-4"})
        with urllib.request.urlopen(asked, timeout=5) as answer:
            assert (answer.status, answer.read()) == (206, b"234")
        for path in ("/", "/ab/", "/.part-ab/f"):
            with pytest.raises(urllib.error.HTTPError):
                urllib.request.urlopen(base + path, timeout=5)
    finally:
        subprocess.run([program, "-c", str(folder / "conf"), "-s", "stop"], check=False)


_APART = r"""
set -e
folder=$1 program=$2
mkdir "$folder/own"
mount -t tmpfs none "$folder/own"
mkdir "$folder/own/upper" "$folder/own/work"
mount -t overlay overlay -o "lowerdir=/etc,upperdir=$folder/own/upper,workdir=$folder/own/work" /etc
mount -t tmpfs none /run
mount -t tmpfs -o mode=755 none /srv
mount -t tmpfs none /var/log/nginx
ip link set lo up
rm -f /etc/nginx/sites-enabled/* /etc/nginx/conf.d/*
echo 'server { listen 80 default_server; location / { return 200 "it works"; } }' >/etc/nginx/sites-enabled/default
sh "$program"
echo again
sh "$program"
stat -c '%G %a' "$ITMS_FOLDER"
id -u "$ITMS_ACCOUNT" >/dev/null && echo "account"
nginx -s stop
while [ -s /run/nginx.pid ]; do sleep 0.1; done
sed -i 's/server_name ~.;//' "$program"
sh "$program" || echo "$(ls -A "$ITMS_FOLDER" | wc -l) files"
"""


def test_the_web_server_hands_the_folder_out_though_another_site_has_the_port(tmp_path: Path) -> None:
    """Real nginx, as root in namespaces of its own: its /etc is an overlay, so this machine stays as it is."""
    if not can_unshare("-m", "-n", "-p", "-f"):
        missing("netns", "this user may not make namespaces")
    if shutil.which("nginx") is None:
        missing("nginx", "nginx is not installed")
    program = tmp_path / "prepare.sh"
    program.write_text(PROGRAM)
    wanted = Preparation("/srv/itms/packages", account="itms-packages", port=80, install=True)
    apart = ["unshare", "-m", "-n", "-p", "-f", "--mount-proc", "--kill-child", "sh", "-c", _APART, "sh"]
    done = subprocess.run(
        [*apart, str(tmp_path), str(program)], env=os.environ | wanted.environment(), capture_output=True, text=True,
        timeout=120,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    first, again = done.stdout.split("again\n")
    hands_out = f"web: port 80 hands out {wanted.folder}\n"
    assert "made: account itms-packages\n" in first
    assert first.endswith(hands_out)
    assert "made:" not in again.split(hands_out)[0]
    assert again.split(hands_out)[1].startswith("itms-packages 755\naccount\n")
    assert "does not hand out" in done.stderr, "without its name the other site is asked, and that is told"
    assert done.stdout.endswith("\n0 files\n")
