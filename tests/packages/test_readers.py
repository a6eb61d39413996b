"""What files to install say of themselves: real ones, and ones that are built here by the tools that vendors use."""

from __future__ import annotations

import io
import subprocess
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from itmsctl.errors import FileFormatError
from itmsctl.packages.detection.reading import parse as parse_rule
from itmsctl.packages.facts import ReadFacts
from itmsctl.packages.proposing import proposed_programs, proposed_rule
from itmsctl.packages.service.readers import read_facts
from itmsctl.packages.service.readers.by_name import by_name
from tests.packages import installers
from tests.packages.installers import DISTRIBUTION, INFO


def facts(path: Path) -> ReadFacts:
    with path.open("rb") as stream:
        return read_facts(stream, path.name)


@pytest.fixture(scope="module")
def registry(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    return installers.debs(tmp_path_factory.mktemp("debs"))


@pytest.mark.parametrize("name", installers.DEBS)
def test_a_real_package_of_debian_is_read_as_dpkg_reads_it(registry: dict[str, Path], name: str) -> None:
    found = facts(registry[name])
    asked = ("Package", "Version", "Architecture", "Maintainer", "Pre-Depends", "Depends", "Description")
    shown = "\\n".join(f"${{{field}}}" for field in asked)
    said = subprocess.run(
        ["dpkg-deb", "-W", f"--showformat={shown}", str(registry[name])], capture_output=True, text=True, check=True
    ).stdout.split("\n")
    depends = [part.strip() for text in said[4:6] for part in text.split(",") if part.strip()]
    got = (found.name, found.version, found.architecture, found.vendor, list(found.depends), found.description)
    assert got == (*said[:4], depends, said[6])
    assert proposed_rule(found) == f"package {found.name} >= {found.version} by dpkg"


def test_an_rpm_is_read(tmp_path: Path) -> None:
    found = facts(installers.rpm(tmp_path))
    assert (found.format, found.name, found.version) == ("rpm", "tiny", "2:1.2.3-4")
    assert (found.architecture, found.vendor, found.description) == ("noarch", "Example Ltd", "A tiny tool")
    assert {"bash >= 4.0", "coreutils"} <= set(found.depends)
    assert proposed_rule(found) == "package tiny >= 2:1.2.3-4 by rpm"


def test_an_msi_is_read(tmp_path: Path) -> None:
    found = facts(installers.msi(tmp_path))
    assert (found.format, found.name, found.version) == ("msi", "Müller Tool", "3.4.5")
    assert (found.architecture, found.vendor, found.product_code) == ("x86_64", "Example Ltd", installers.PRODUCT)
    assert found.hints["upgrade_code"] == installers.UPGRADE
    assert proposed_rule(found) == f"product {installers.PRODUCT}"
    install, repair, uninstall = proposed_programs(found, "sub/my tool.msi")
    assert install["windows"] == 'msiexec /i "sub\\my tool.msi" /qn /norestart'
    assert install["codes"] == {"1618": "retry", "1641": "reboot", "3010": "reboot"}
    assert (repair["name"], uninstall["codes"]["1605"]) == ("repair", "success")


def test_an_installer_of_nsis_is_read_and_told(tmp_path: Path) -> None:
    found = facts(installers.exe(tmp_path))
    assert (found.format, found.name, found.version, found.vendor) == ("exe", "Tiny Viewer", "7.8.9", "Example Ltd")
    assert found.hints == {"installer": "nsis"}
    assert proposed_programs(found, "viewer-setup.exe") == [{"name": "install", "windows": '"viewer-setup.exe" /S'}]
    assert proposed_rule(found) == "package 'Tiny Viewer' >= 7.8.9 by registry"


@pytest.mark.parametrize(
    ("tool", "mark", "words"),
    [
        ("inno", b"Inno Setup Setup Data (6.2.0)", "/VERYSILENT"),
        ("wix", b".wixburn", "/quiet /norestart"),
        ("installshield", "InstallShield".encode("utf-16-le"), "/s /v"),
        ("", b"nothing known", ""),
    ],
)
def test_the_tool_that_made_an_installer_is_told_by_what_is_in_it(
    tmp_path: Path, tool: str, mark: bytes, words: str
) -> None:
    made = (
        installers.exe(tmp_path)
        .read_bytes()
        .replace(b"NullsoftInst", b"xxxxxxxxxxxx")
        .replace(b"Nullsoft.NSIS", b"x" * 13)
    )
    path = tmp_path / "setup.exe"
    path.write_bytes(made + mark)
    found = facts(path)
    assert found.hints == {"installer": tool}
    programs = proposed_programs(found, "setup.exe")
    assert [words in programs[0]["windows"]] == [True] if tool else not programs


def test_a_snap_is_read(tmp_path: Path) -> None:
    found = facts(installers.snap(tmp_path))
    assert (found.format, found.name, found.version, found.architecture) == ("snap", "tiny", "1.5", "amd64")
    assert found.depends == ("core22",)
    assert proposed_programs(found, "t.snap")[0]["linux"] == "snap install --dangerous --classic ./t.snap"
    assert proposed_rule(found) == "package tiny by snap"


def test_an_alpine_package_is_read(tmp_path: Path) -> None:
    found = facts(installers.apk(tmp_path))
    assert (found.format, found.name, found.version, found.architecture) == ("apk", "tiny", "2.0-r1", "x86_64")
    assert found.depends == ("so:libc.musl",)


@pytest.mark.parametrize(
    ("files", "name", "version", "code"),
    [
        ({"PackageInfo": INFO}, "tiny", "4.5.6", "com.example.tiny"),
        ({"Distribution": DISTRIBUTION, "tiny.pkg/PackageInfo": INFO}, "Tiny Suite", "9.1", "com.example.tiny"),
        ({"Distribution": DISTRIBUTION}, "Tiny Suite", "9.1", "com.example.suite"),
    ],
)
def test_a_package_of_macos_is_read(
    tmp_path: Path, files: dict[str, bytes], name: str, version: str, code: str
) -> None:
    found = facts(installers.xar(tmp_path / "Tiny.pkg", files))
    assert (found.format, found.name, found.version, found.product_code) == ("pkg", name, version, code)
    assert proposed_rule(found) == f"package {code} >= {version} by pkg"


@pytest.mark.parametrize(
    ("file", "name", "version", "architecture"),
    [
        ("node-v20.1.0-linux-x64.tar.xz", "node", "20.1.0", "x86_64"),
        ("apache-tomcat-10.1.24.tar.gz", "apache-tomcat", "10.1.24", ""),
        ("Obsidian-1.5.12.AppImage", "Obsidian", "1.5.12", ""),
        ("kubectl_1.30_arm64.zip", "kubectl", "1.30", "aarch64"),
        ("setup.sh", "setup", "", ""),
        ("1.2.3.zip", "1.2.3", "1.2.3", ""),
        ("jdk-21_linux-x64_bin.tar.gz", "jdk", "21", "x86_64"),
    ],
)
def test_names_of_files_say_what_they_can(file: str, name: str, version: str, architecture: str) -> None:
    found = by_name("file", file)
    assert (found.name, found.version, found.architecture) == (name, version, architecture)


def test_an_appimage_says_its_architecture(tmp_path: Path) -> None:
    path = tmp_path / "Tiny-1.2.AppImage"
    path.write_bytes(b"\x7fELF\x02\x01\x01\x00AI\x02" + b"\0" * 7 + (62).to_bytes(2, "little") + b"\0" * 100)
    found = facts(path)
    assert (found.format, found.name, found.version, found.architecture) == ("appimage", "Tiny", "1.2", "x86_64")
    assert proposed_programs(found, "Tiny-1.2.AppImage")[0]["linux"] == (
        "install -m 755 ./Tiny-1.2.AppImage /usr/local/bin/Tiny"
    )


BUILT = (installers.rpm, installers.msi, installers.exe, installers.snap, installers.apk)


def tried(data: bytes, name: str) -> str:
    """Return what a broken file is called, or why it is refused; any other error ends the test."""
    try:
        return read_facts(io.BytesIO(data), name).name
    except FileFormatError as error:
        return error.message


@pytest.mark.parametrize("build", BUILT)
def test_a_file_that_is_cut_off_or_flipped_is_read_or_refused_and_nothing_else(
    build: Callable[[Path], Path], tmp_path: Path
) -> None:
    whole = build(tmp_path)
    data = whole.read_bytes()
    size = len(data)
    broken = [data[:at] for at in (0, 1, 7, 100, 500, 1000, size // 3, size // 2)]
    for at in range(0, min(size, 4000), 97):
        broken.append(data[:at] + bytes([data[at] ^ 0xFF]) + data[at + 1 :])
    assert all(len(tried(one, whole.name)) <= 520 for one in broken)
    assert whole.name in tried(data[:200], whole.name)


def test_a_debian_package_that_is_cut_off_or_flipped(registry: dict[str, Path]) -> None:
    data = registry["hello"].read_bytes()
    for at in (*range(0, 300, 7), 500, 900, 1500):
        assert len(tried(data[:at] + bytes([data[at] ^ 0x15]) + data[at + 1 :], "hello.deb")) <= 520
        assert "hello.deb" in tried(data[:at], "hello.deb")


@pytest.mark.parametrize("name", ["x.deb", "x.rpm", "x.msi", "x.pkg", "x.snap", "x.zip", "x.tar.gz", "x.apk", "x.exe"])
def test_a_file_that_is_not_what_its_name_says_is_refused(name: str) -> None:
    with pytest.raises(FileFormatError, match="is not a"):
        read_facts(io.BytesIO(b"hello"), name)


def test_every_rule_that_is_proposed_can_be_read() -> None:
    for form in ("deb", "rpm", "apk", "snap", "pkg", "exe", "msi"):
        for name in ("a", "it's", "a b", "and", "x >= 2", '"', "ü"):
            rule = proposed_rule(ReadFacts(form, name, "1.0 beta", product_code=name))
            assert rule is None or parse_rule(rule)


# No program is found; what a name smuggles in shows itself.
HARMLESS = "touch() { echo EVIL; }\nid() { echo EVIL; }"


@pytest.mark.parametrize("form", ["deb", "rpm", "apk", "snap", "appimage", "archive", "pkg"])
def test_command_lines_hold_names_of_strangers_as_one_word(form: str, tmp_path: Path) -> None:
    evil = "x'; touch /tmp/evil; $(id) `id` && ü"
    for one in proposed_programs(ReadFacts(form, evil, "1", hints={"packing": "tar"}), f"{evil}.bin"):
        line = next(one[system] for system in ("linux", "macos") if system in one)
        checked = subprocess.run(["sh", "-n", "-c", line], capture_output=True, check=False)
        assert checked.returncode == 0
        ran = subprocess.run(
            ["/bin/sh", "-c", f"{HARMLESS}\n{line}"],
            capture_output=True,
            text=True,
            check=False,
            env={"PATH": str(tmp_path)},
        )
        assert "EVIL" not in ran.stdout + ran.stderr


@pytest.mark.parametrize("name", ["-oX=y", "--purge", "a b", "a/b", "$(id)", ""])
@pytest.mark.parametrize("form", ["deb", "rpm", "apk", "snap"])
def test_a_name_that_a_tool_may_take_for_an_option_proposes_no_removal(form: str, name: str) -> None:
    assert "uninstall" not in [one["name"] for one in proposed_programs(ReadFacts(form, name, "1"), "x")]


def test_a_name_that_no_rule_can_hold_proposes_none() -> None:
    assert proposed_rule(ReadFacts("deb", "\x1b[31mevil", "1")) is None


@pytest.mark.parametrize("name", ['a"b.msi', "a%PATH%.msi", "a&b.msi", "a^.msi"])
def test_a_name_that_no_quotes_make_safe_on_windows_proposes_no_install(name: str) -> None:
    found = proposed_programs(ReadFacts("msi", "x", "1", product_code=installers.PRODUCT), name)
    assert [one["name"] for one in found] == ["repair", "uninstall"]


def zipped(**files: bytes) -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return data.getvalue()


def test_archives_are_named_by_their_files() -> None:
    for name, data in (("tool-1.2.tar", installers.tarred({"tool/a": b"x"})), ("tool-1.2.zip", zipped(a=b"x"))):
        found = read_facts(io.BytesIO(data), name)
        assert (found.format, found.name, found.version) == ("archive", "tool", "1.2")
    for packing in ("gz", "xz", "bz2"):
        data = io.BytesIO()
        with tarfile.open(fileobj=data, mode=f"w:{packing}") as archive:  # type: ignore[call-overload]
            archive.addfile(tarfile.TarInfo("x"))
        data.seek(0)
        assert read_facts(data, f"tool-1.2.tar.{packing}").hints == {"packing": f"tar.{packing}"}
