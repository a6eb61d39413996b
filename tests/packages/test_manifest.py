"""The written form of a package: it comes back as it was, and nothing else is one."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from itmsctl.errors import FileFormatError, InputError
from itmsctl.packages.manifest import (
    FAILED,
    LARGEST,
    PIECE,
    REBOOT,
    SUCCESS,
    PackageFile,
    PackageManifest,
    PackageProgram,
    checked,
    parse,
    pieces_of,
)
from itmsctl.packages.paths import check_path, problem_of

EMPTY = hashlib.sha256(b"").hexdigest()
INSTALL = PackageProgram("install", {"linux": "dpkg -i x.deb", "any": "sh x"}, {3010: "reboot"}, "root", "always", 60.0)
ONE = PackageManifest("curl", "8.5.0-2", 3, (PackageFile("x.deb", 0, EMPTY),), (INSTALL,), "package curl >= 8.5.0-2")
TWO = replace(ONE, files=(PackageFile("b", 0, EMPTY), PackageFile("a/b", 0, EMPTY, 0o755)))

DIGESTS = st.binary(max_size=4).map(lambda data: hashlib.sha256(data).hexdigest())
NAMES = st.from_regex(r"[a-z0-9é ._-]{1,8}", fullmatch=True).filter(lambda name: name not in {".", ".."})
FILES = st.builds(PackageFile, NAMES, st.integers(0, PIECE), DIGESTS, st.sampled_from((0o644, 0o755)))
PROGRAMS = st.builds(
    PackageProgram,
    NAMES,
    st.dictionaries(st.sampled_from(("linux", "windows", "macos", "any")), st.text(max_size=20)),
    st.dictionaries(st.integers(-5, 5000), st.sampled_from(("success", "reboot", "retry", "failed"))),
    st.none() | NAMES,
    st.sampled_from(("never", "if-asked", "always")),
    st.integers(1, 1000).map(float) | st.floats(0.5, 100),
)
MANIFESTS = st.builds(
    PackageManifest,
    NAMES,
    NAMES,
    st.integers(1, 9),
    st.lists(FILES, max_size=4, unique_by=lambda one: one.path.casefold()).map(tuple),
    st.lists(PROGRAMS, max_size=3, unique_by=lambda one: one.name).map(tuple),
    st.none() | NAMES,
)


@given(MANIFESTS)
def test_what_is_written_is_read_back(manifest: PackageManifest) -> None:
    try:
        checked(manifest)
    except InputError:
        return  # the names made up above may not all be paths
    written = manifest.canonical()
    found = parse(written)
    assert found.canonical() == written
    assert found.digest == manifest.digest == hashlib.sha256(written).hexdigest()
    assert sorted(found.files, key=lambda one: one.path) == sorted(manifest.files, key=lambda one: one.path)
    assert found.programs == manifest.programs


def test_the_order_of_files_is_no_difference() -> None:
    assert TWO.digest == replace(TWO, files=TWO.files[::-1]).digest
    assert TWO.digest != ONE.digest


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "cannot be read"),
        (b"[]", "cannot be read"),
        (b"[" * 100_000, "cannot be read"),
        (ONE.canonical() + b" ", "one written form"),
        (ONE.canonical().replace(b'"name":"curl"', b'"name":"curl","x":1'), "one written form"),
        (ONE.canonical().replace(b'"name":"curl"', b'"name":"curl","name":"curl"'), "one written form"),
        (ONE.canonical().replace(b'"revision":3', b'"revision":3.0'), "cannot be read"),
        (ONE.canonical().replace(b'"revision":3', b'"revision":true'), "cannot be read"),
        (ONE.canonical().replace(b'"size":0', b'"size":null'), "cannot be read"),
        (ONE.canonical().replace(b"60.0", b"NaN"), "time limit"),
        (b" " * (LARGEST + 1), "larger"),
        (b"\xff" + ONE.canonical(), "cannot be read"),
    ],
)
def test_nothing_else_is_read(data: bytes, why: str) -> None:
    with pytest.raises(InputError, match=why):
        parse(data)


@pytest.mark.parametrize(
    "bad",
    [
        replace(ONE, revision=0),
        replace(ONE, files=(PackageFile("../x", 0, EMPTY),)),
        replace(ONE, files=(PackageFile("x", -1, EMPTY),)),
        replace(ONE, files=(PackageFile("x", 0, EMPTY.upper()),)),
        replace(ONE, files=(PackageFile("x", 0, EMPTY, 0o4755),)),
        replace(ONE, files=(PackageFile("x", PIECE + 1, EMPTY),)),
        replace(ONE, files=(PackageFile("x", 0, EMPTY), PackageFile("X", 0, EMPTY))),
        replace(ONE, files=(PackageFile("x", 0, EMPTY), PackageFile("x/y", 0, EMPTY))),
        replace(ONE, programs=(INSTALL, INSTALL)),
        replace(ONE, programs=(replace(INSTALL, commands={"plan9": "x"}),)),
        replace(ONE, programs=(replace(INSTALL, codes={1: "fine"}),)),
        replace(ONE, programs=(replace(INSTALL, reboot="perhaps"),)),
        replace(ONE, programs=(replace(INSTALL, limit_s=0.0),)),
    ],
)
def test_what_cannot_be_in_one_is_refused(bad: PackageManifest) -> None:
    with pytest.raises(InputError):
        checked(bad)
    with pytest.raises(InputError):
        parse(bad.canonical())


@pytest.mark.parametrize(
    "path",
    [
        "", "/etc/passwd", "..", "a/../b", "./a", "a//b", "a/", "C:/x", "c:x", "a\\b", "a\x00b", "a\nb", "a\x1bb",
        "a\u202eb", "e\u0301", "\udcff", "x" * 256, "x/" * 600 + "x",
    ],
)  # fmt: skip
def test_paths_that_lead_elsewhere(path: str) -> None:
    assert problem_of(path)
    with pytest.raises(InputError, match="cannot be a path"):
        check_path(path)


@pytest.mark.parametrize("path", ["a", "a b/c.deb", "日本語/é.msi", "x%3a1.deb", "-f", "ab:c", "..a"])
def test_paths_that_stay_inside(path: str) -> None:
    assert check_path(path) == path


def test_a_program_says_what_codes_mean_and_what_runs_where() -> None:
    assert [INSTALL.meaning(code) for code in (0, 1, 3010)] == [SUCCESS, FAILED, REBOOT]
    assert (INSTALL.command("linux"), INSTALL.command("macos")) == ("dpkg -i x.deb", "sh x")
    assert PackageProgram("x").command("linux") is None


@pytest.mark.parametrize(("size", "count"), [(0, 0), (PIECE, 0), (PIECE + 1, 2), (3 * PIECE, 3), (3 * PIECE + 1, 4)])
def test_files_of_one_piece_have_no_pieces(size: int, count: int) -> None:
    assert pieces_of(size) == count


def test_a_manifest_is_json_that_others_can_read() -> None:
    assert json.loads(ONE.canonical())["files"][0]["path"] == "x.deb"
    assert isinstance(FileFormatError("x"), InputError)
