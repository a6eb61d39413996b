"""Files to install, made by the tools that vendors use; where there is no tool, by the format's own description."""

from __future__ import annotations

import gzip
import io
import shutil
import struct
import subprocess
import tarfile
import zlib
from functools import cache
from pathlib import Path

import pytest

DEBS = ("hello", "sl", "tzdata", "ca-certificates", "bash", "libc6", "openssl", "adduser", "zlib1g", "cowsay")
PRODUCT, UPGRADE = "{11111111-2222-4333-8444-555566667777}", "{AAAAAAAA-2222-4333-8444-555566667777}"


def needed(tool: str) -> str:
    found = shutil.which(tool)
    if found is None:
        pytest.skip(f"{tool} is not installed")
    return found


def ran(*argv: str, cwd: Path) -> None:
    done = subprocess.run(argv, cwd=cwd, capture_output=True, check=False, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr


@cache
def debs(folder: Path) -> dict[str, Path]:
    """Return real packages of the Debian registry, by name."""
    needed("apt-get")
    done = subprocess.run(["apt-get", "download", *DEBS], cwd=folder, capture_output=True, check=False, timeout=120)
    if done.returncode:
        pytest.skip("the Debian registry cannot be reached")
    return {path.name.partition("_")[0]: path for path in folder.glob("*.deb")}


SPEC = """
Name: tiny
Version: 1.2.3
Release: 4
Epoch: 2
Summary: A tiny tool
License: MIT
Vendor: Example Ltd
BuildArch: noarch
Requires: bash >= 4.0
Requires: coreutils
%description
Tiny.
%install
mkdir -p %{buildroot}/opt/tiny
echo hi > %{buildroot}/opt/tiny/hi
%files
/opt/tiny/hi
"""


def rpm(folder: Path) -> Path:
    (folder / "tiny.spec").write_text(SPEC)
    ran(
        needed("rpmbuild"),
        "-bb",
        "--define",
        f"_topdir {folder}",
        "tiny.spec",
        cwd=folder,
    )
    return next(folder.glob("RPMS/noarch/*.rpm"))


WXS = f"""<?xml version="1.0" encoding="utf-8"?>
<Wix xmlns="http://schemas.microsoft.com/wix/2006/wi">
 <Product Name="Müller Tool" Id="{PRODUCT[1:-1]}" UpgradeCode="{UPGRADE[1:-1]}" Language="1033" Codepage="1252"
          Version="3.4.5" Manufacturer="Example Ltd">
  <Package Id="*" InstallerVersion="200" Compressed="yes" Platform="x64"/>
  <Media Id="1" Cabinet="a.cab" EmbedCab="yes"/>
  <Directory Id="TARGETDIR" Name="SourceDir"><Directory Id="ProgramFilesFolder"><Directory Id="D" Name="Tool">
   <Component Id="C" Guid="99999999-2222-4333-8444-555566667777"><File Id="F" Name="a.txt" Source="a.txt"/></Component>
  </Directory></Directory></Directory>
  <Feature Id="Main" Level="1"><ComponentRef Id="C"/></Feature>
 </Product>
</Wix>
"""


def msi(folder: Path) -> Path:
    (folder / "a.txt").write_text("a")
    (folder / "tool.wxs").write_text(WXS, encoding="utf-8")
    ran(needed("wixl"), "-a", "x64", "-o", "tool.msi", "tool.wxs", cwd=folder)
    return folder / "tool.msi"


NSI = """
Unicode true
Name "Tiny Viewer"
OutFile "viewer-setup.exe"
RequestExecutionLevel user
VIProductVersion "7.8.9.0"
VIAddVersionKey "ProductName" "Tiny Viewer"
VIAddVersionKey "CompanyName" "Example Ltd"
VIAddVersionKey "FileVersion" "7.8.9.0"
VIAddVersionKey "ProductVersion" "7.8.9"
VIAddVersionKey "FileDescription" "Setup of Tiny Viewer"
VIAddVersionKey "LegalCopyright" "none"
Section
SectionEnd
"""


def exe(folder: Path) -> Path:
    (folder / "viewer.nsi").write_text(NSI)
    ran(needed("makensis"), "-V2", "viewer.nsi", cwd=folder)
    return folder / "viewer-setup.exe"


def snap(folder: Path) -> Path:
    meta = folder / "root" / "meta"
    meta.mkdir(parents=True)
    (meta / "snap.yaml").write_text(
        "name: tiny\nversion: '1.5'\nsummary: A tiny snap\narchitectures: [amd64]\nbase: core22\nconfinement: classic\n"
    )
    ran(needed("mksquashfs"), "root", "tiny_1.5_amd64.snap", "-quiet", "-no-progress", "-comp", "xz", cwd=folder)
    return folder / "tiny_1.5_amd64.snap"


def tarred(files: dict[str, bytes]) -> bytes:
    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode="w") as archive:
        for name, content in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return data.getvalue()


def apk(folder: Path) -> Path:
    """An Alpine package: three gzipped tars, the first two without an end."""
    said = "# abuild\npkgname = tiny\npkgver = 2.0-r1\npkgdesc = A tool\narch = x86_64\ndepend = so:libc.musl\n"
    first = tarred({".SIGN.RSA.x.rsa.pub": b"x" * 256})[:1024]
    control = tarred({".PKGINFO": said.encode()})[:1024]
    path = folder / "tiny-2.0-r1.apk"
    path.write_bytes(b"".join(map(gzip.compress, (first, control, tarred({"opt/tiny": b"hi"})))))
    return path


INFO = b"""<?xml version="1.0"?>
<pkg-info identifier="com.example.tiny" version="4.5.6" install-location="/"><payload numberOfFiles="1"/></pkg-info>"""
DISTRIBUTION = b"""<?xml version="1.0"?>
<installer-gui-script minSpecVersion="1"><title>Tiny Suite</title><options hostArchitectures="x86_64,arm64"/>
<product id="com.example.suite" version="9.1"/>
<pkg-ref id="com.example.tiny">#tiny.pkg</pkg-ref></installer-gui-script>"""


def xar(path: Path, files: dict[str, bytes]) -> Path:
    """Write a xar by its description (no tool of Debian makes one): header, packed table of contents, heap."""
    heap, entries = b"\0" * 20, ""
    for number, (name, content) in enumerate(files.items(), 1):
        packed = zlib.compress(content)
        inner = (
            f'<file id="{number}"><name>{name.rpartition("/")[2]}</name><type>file</type><data><offset>{len(heap)}'
            f"</offset><length>{len(packed)}</length><size>{len(content)}</size>"
            '<encoding style="application/x-gzip"/></data></file>'
        )
        above = name.rpartition("/")[0]
        entries += (
            f'<file id="{100 + number}"><name>{above}</name><type>directory</type>{inner}</file>' if above else inner
        )
        heap += packed
    toc = f'<?xml version="1.0" encoding="UTF-8"?><xar><toc>{entries}</toc></xar>'.encode()
    packed = zlib.compress(toc)
    path.write_bytes(struct.pack(">4sHHQQI", b"xar!", 28, 1, len(packed), len(toc), 1) + packed + heap)
    return path
