"""Package managers of Linux, of which no output was captured: texts in their forms, and dpkg of this machine itself."""

from __future__ import annotations

import shutil
import subprocess
from datetime import UTC, datetime

import pytest

from itmsctl.inventory.parser import Rows, parser
from itmsctl.inventory.parsers.dpkg import FORMAT
from tests.servers import missing

DPKG = """\
bash\t5.2.15-2+b2\tamd64\tii \t7164\tshells\tbash\tMatthias Klose <doko@debian.org>\t\tGNU Bourne Again SHell
old\t1.0\tall\trc \t\tadmin\told\tNobody\t\tonly its configuration is left
kept\t2:1.0~rc1-1\tarm64\thi \t12\tlibs\tkept-src\tSomebody\thttps://example.org/\theld back
half\t1\tall\tiF \t1\tmisc\thalf\tSomebody\t\tnot configured
not a line of the form
"""
RPM = """\
bash\t5.1.8\t9.el9\t(none)\tx86_64\t1700000000\t7738634\tRocky\t-\tGPLv3+\t(none)\tbash.src.rpm\tThe shell
bind-libs\t9.16.23\t14.el9\t32\tx86_64\t0\t(none)\t(none)\tUnspecified\tMPLv2.0\t(none)\tbind.src.rpm\tLibraries
gpg-pubkey\t350d275d\t6279464b\t(none)\t(none)
"""
APK_DB = """\
C:Q1eVpkasfqZAukAXFYbgwt4xAMZWU=
P:musl
V:1.2.4-r2
A:x86_64
S:383459
I:622592
T:the musl c library (libc) implementation
U:https://musl.libc.org/
L:MIT
o:musl
m:Timo Teras <timo@example.org>

P:busybox
V:1.36.1-r5
"""
APK_LIST = "musl-1.2.4-r2 x86_64 {musl} (MIT) [installed]\nca-certificates-bundle-20230506-r0\nWARNING: opening\n"
PACMAN = """\
Name            : bash
Version         : 5.2.021-1
Description     : The GNU Bourne Again shell
Architecture    : x86_64
URL             : https://www.gnu.org/software/bash/bash.html
Licenses        : GPL
Installed Size  : 9.00 MiB
Packager        : Tobias Powalowski <tpowa@archlinux.org>
Install Date    : Fri 01 Dec 2023 10:00:00 AM UTC
Install Reason  : Explicitly installed

Name            : glibc
Version         : 2.38-7
Install Reason  : Installed as a dependency for another package
"""


def software(tool: str, text: str) -> Rows:
    return parser(tool).rows(text)["software"]


def test_packages_of_dpkg() -> None:
    bash, kept, half = software("dpkg", DPKG)
    assert bash == {
        "name": "bash", "version": "5.2.15-2+b2", "architecture": "amd64", "status": "installed", "section": "shells",
        "source_package": "bash", "publisher": "Matthias Klose <doko@debian.org>", "source": "dpkg",
        "summary": "GNU Bourne Again SHell", "size_bytes": 7164 * 1024,
    }  # fmt: skip
    assert (kept["version"], kept["status"], kept["url"]) == ("2:1.0~rc1-1", "hold", "https://example.org/")
    assert half["status"] == "half-configured"


def test_packages_of_rpm() -> None:
    bash, bind, key = software("rpm", RPM)
    assert (bash["version"], bash["release"], bash["size_bytes"]) == ("5.1.8-9.el9", "9.el9", 7738634)
    assert bash["installed_at"] == datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC)
    assert (bind["epoch"], "publisher" in bind, "installed_at" in bind) == ("32", False, False)
    assert key == {"name": "gpg-pubkey", "version": "350d275d-6279464b", "release": "6279464b", "source": "rpm"}


def test_packages_of_apk() -> None:
    musl, busybox = software("apk", APK_DB)
    assert (musl["version"], musl["size_bytes"], musl["license"]) == ("1.2.4-r2", 622592, "MIT")
    assert busybox == {"name": "busybox", "version": "1.36.1-r5", "source": "apk"}
    listed = software("apk", APK_LIST)
    assert [(row["name"], row["version"]) for row in listed] == [
        ("musl", "1.2.4-r2"),
        ("ca-certificates-bundle", "20230506-r0"),
    ]
    assert (listed[0]["architecture"], listed[0]["source_package"]) == ("x86_64", "musl")


def test_packages_of_pacman() -> None:
    bash, glibc = software("pacman", PACMAN)
    assert (bash["size_bytes"], bash["is_manual"]) == (9 << 20, True)
    assert bash["installed_at"] == datetime(2023, 12, 1, 10, tzinfo=UTC)
    assert glibc == {"name": "glibc", "version": "2.38-7", "source": "pacman", "is_manual": False}
    short = software("pacman", "bash 5.2.021-1\nerror: no\n")
    assert short == [{"name": "bash", "version": "5.2.021-1", "source": "pacman"}]


def test_every_package_that_dpkg_of_this_machine_lists_is_read() -> None:
    if shutil.which("dpkg-query") is None:
        missing("dpkg", "it is not a Debian system")

    def ask(form: str) -> str:
        return subprocess.run(["dpkg-query", "-W", "-f", form], capture_output=True, text=True, check=True).stdout

    found = {(row["name"], row["version"], row["architecture"]) for row in software("dpkg", ask(FORMAT))}
    listed = [
        line.split(" ") for line in ask("${db:Status-Status} ${Package} ${Version} ${Architecture}\\n").splitlines()
    ]
    assert found == {tuple(parts[1:]) for parts in listed if parts[0] == "installed"}
    assert len(found) > 50


@pytest.mark.parametrize("tool", ["dpkg", "rpm", "apk", "pacman"])
def test_other_text_holds_no_packages(tool: str) -> None:
    assert parser(tool).rows("a b c\n: :\n\t\t\t\n" * 3) == {}
