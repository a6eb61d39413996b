"""An endpoint takes packages from servers that nobody trusts: one that is wrong is left out, and the next one asked."""

from __future__ import annotations

import os
import shutil
from contextlib import ExitStack
from pathlib import Path

import pytest

from itmsctl.errors import InputError
from itmsctl.packages.fetching import Fetched, fetched, source_lines
from itmsctl.packages.manifest import PIECE, PackageManifest
from itmsctl.packages.service import fetch
from itmsctl.packages.service.fetch import take_from_sources
from itmsctl.packages.service.stocking import Stocking
from tests.packages.made import MadePackage, here, seen
from tests.packages.web import Manner, web

BIG = 2 * PIECE + 9
NAMES = ["a b.txt", "sub/über ☃.sh", "it's 100%", "#1?x=y&z"]


@pytest.fixture
def made(tmp_path: Path) -> MadePackage:
    return MadePackage(tmp_path / "objects")


@pytest.fixture
def package(made: MadePackage, tmp_path: Path) -> PackageManifest:
    """A package that lies in a folder of a server as it should."""
    files = [made.add("big", os.urandom(BIG)), *(made.add(name, name.encode() * 9) for name in NAMES)]
    package = made.manifest(*files)
    for name, data in made.contents.items():
        place = tmp_path / "www" / package.digest / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(data)
    return package


def take(made: MadePackage, package: PackageManifest, tmp_path: Path, *bases: str) -> tuple[Fetched, Stocking]:
    stocking = Stocking(here(tmp_path), package, made.source, cache=str(tmp_path / "cache"))
    return take_from_sources(stocking, bases, rate=1000, slow_s=2), stocking


@pytest.mark.parametrize(
    ("manners", "words", "starts"),
    [
        (["good"], [], []),
        (["gone", "good"], ["SHORT"], []),
        (["flip", "good"], ["PKG-HASH-MISMATCH"], [PIECE]),
        (["long", "good"], ["PKG-TOO-LONG"], [2 * PIECE]),
        (["drip", "good"], ["SLOW"], []),
        (["cut", "good"], ["SHORT"], [PIECE]),
        (["cut", "no ranges"], ["SHORT"], []),
        (["flip", "long", "gone", "good"], ["PKG-HASH-MISMATCH", "PKG-TOO-LONG", "SHORT"], [2 * PIECE]),
    ],
)  # fmt: skip
def test_it_falls_back_in_order(
    made: MadePackage,
    package: PackageManifest,
    tmp_path: Path,
    manners: list[Manner],
    words: list[str],
    starts: list[int],
) -> None:
    """PS1, PS5: a source that is wrong is told of, another good one is used."""
    with ExitStack() as stack:
        servers = [stack.enter_context(web(tmp_path / "www", manner)) for manner in manners]
        found, stocking = take(made, package, tmp_path, *(url for url, _ in servers))
    assert [one.word for one in found.left] == words
    assert [one.is_corrupt for one in found.left] == [word.startswith("PKG-") for word in words]
    assert (found.lacks, [n for n in servers[-1][1] if n]) == (0, starts)
    assert not (tmp_path / "cache" / package.digest).exists(), "who checks all of it makes it visible"
    done = stocking.put()
    assert done.sent < 30_000
    assert seen(tmp_path / "cache" / package.digest) == made.contents


@pytest.mark.parametrize("manner", ["flip", "long", "gone"])
def test_where_no_source_is_good_nothing_of_them_stays_and_we_send_it(
    made: MadePackage, package: PackageManifest, tmp_path: Path, manner: Manner
) -> None:
    with web(tmp_path / "www", manner) as (url, _):
        found, stocking = take(made, package, tmp_path, url)
    assert found.lacks == len(package.files)
    kept = [path for path in (tmp_path / "cache").rglob("f/*") if path.is_file() and path.stat().st_size > BIG]
    assert kept == [], "never more than one byte too many, and that goes"
    assert stocking.put().sent > BIG - 2 * PIECE
    assert seen(tmp_path / "cache" / package.digest) == made.contents


@pytest.mark.parametrize("tool", ["curl", "wget", "python3"])
def test_any_of_the_tools_will_do(
    made: MadePackage, package: PackageManifest, tmp_path: Path, tool: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if shutil.which(tool) is None:
        pytest.skip(f"{tool} is not here")
    text = fetch.program_text("cache", "fetch")
    others = "".join(f"[ $1 != {name} ] || return 1\n" for name in {"curl", "wget", "python3"} - {tool})
    text = text.replace("has() {", "has() {\n" + others)
    monkeypatch.setattr(fetch, "program_text", lambda *_: text)
    with web(tmp_path / "www", "cut") as (cut, _), web(tmp_path / "www") as (good, starts):
        found, _ = take(made, package, tmp_path, cut, good)
    assert (found.lacks, [one.word for one in found.left], [n for n in starts if n]) == (0, ["SHORT"], [PIECE])


def test_a_folder_that_is_mounted_there(made: MadePackage, package: PackageManifest, tmp_path: Path) -> None:
    found, _ = take(made, package, tmp_path, f"file://{tmp_path}/www")
    assert (found.lacks, found.taken) == (0, {1: package.size})


@pytest.mark.parametrize("base", ["ftp://x/", "http://a b", "file://x\n1 http://y", "http:///\x1b", "-o", ""])
def test_addresses_that_no_endpoint_is_given(base: str) -> None:
    with pytest.raises(InputError):
        source_lines([base])


def test_what_an_endpoint_makes_up_says_nothing() -> None:
    lines = [
        "took x 1 ./f",
        "took 1 -5 ./f",
        "left 1 /f PKG-HASH-MISMATCH x",
        "FETCHED many",
        "",
        "took 99999999 1 ./f",
    ]
    assert fetched(lines) == Fetched({}, (), None)
