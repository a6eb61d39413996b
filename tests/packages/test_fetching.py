"""An endpoint takes packages from servers that nobody trusts: one that is wrong is left out, and the next one asked."""

from __future__ import annotations

import os
import shutil
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import quote

import pytest

from itmsctl.errors import InputError
from itmsctl.packages.fetching import Fetched, fetched, source_lines
from itmsctl.packages.manifest import PIECE, PackageManifest
from itmsctl.packages.service import fetch
from itmsctl.packages.service.fetch import take_from_sources
from itmsctl.packages.service.stocking import Stocking
from tests.packages.made import MadePackage, here, seen
from tests.packages.web import Manner, web
from tests.servers.machine import Machine, machine
from tests.servers.samba import USER, Samba, samba

__all__ = ["machine", "samba"]

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


# --- servers of files: sftp and SMB ----------------------------------------------------------------------------------


def _from(machine: Machine, made: MadePackage, package: PackageManifest, tmp_path: Path, *bases: str) -> Fetched:
    """Have a computer take a package, of whose large file it has a piece already; then look at all of it."""
    with machine.way() as way:
        stocking = Stocking(way, package, made.source, cache=str(tmp_path / "cache"))
        found = take_from_sources(stocking, bases, rate=1000, slow_s=5)
        assert stocking.put().sent < 30_000 or found.lacks
    assert seen(tmp_path / "cache" / package.digest) == made.contents
    return found


@pytest.fixture
def endpoint(machine: Machine) -> Machine:
    """Return a computer with keys and a login of its own for servers of files."""
    machine.fake("sftp", f'echo "$@" >>"$LOG/sftp"; exec {shutil.which("sftp")} -i {machine.key} "$@"')
    machine.start()
    return machine


def test_it_takes_a_package_by_sftp_and_goes_on_with_what_is_there(
    endpoint: Machine, made: MadePackage, package: PackageManifest, tmp_path: Path
) -> None:
    www = tmp_path / "w w%"
    (tmp_path / "www").rename(www)
    base = f"sftp://root@{endpoint.host}:{endpoint.port}{quote(str(www))}/"
    part = tmp_path / "cache" / f".part-{package.digest}" / "f" / "big"
    (tmp_path / "cache").mkdir(mode=0o700)
    part.parent.mkdir(parents=True, mode=0o700)
    part.write_bytes(made.contents["big"][: PIECE + 5])
    found = _from(endpoint, made, package, tmp_path, base)
    assert (found.lacks, found.left) == (0, ())
    assert found.taken[1] == sum(map(len, made.contents.values())) - PIECE
    assert len(endpoint.said("sftp")) == 1 + len(NAMES)


@pytest.mark.parametrize("spoil", ["flip", "long", "gone", "no key"])
def test_a_server_of_files_that_is_wrong_is_left_for_the_next(
    endpoint: Machine, made: MadePackage, package: PackageManifest, tmp_path: Path, spoil: str
) -> None:
    good, bad = tmp_path / "www", tmp_path / "bad"
    shutil.copytree(good, bad)
    big = bad / package.digest / "big"
    match spoil:
        case "flip":
            big.write_bytes(made.contents["big"][:-1] + b"\0")
        case "long":
            big.write_bytes(made.contents["big"] + bytes(3 * PIECE))
        case "gone":
            big.unlink()
    user = "nobody" if spoil == "no key" else "root"
    bases = [
        f"sftp://{user}@{endpoint.host}:{endpoint.port}{bad}",
        f"sftp://root@{endpoint.host}:{endpoint.port}{good}",
    ]
    found = _from(endpoint, made, package, tmp_path, *bases)
    words = {"flip": "PKG-HASH-MISMATCH", "long": "PKG-TOO-LONG"}
    assert (found.lacks, [one.word for one in found.left]) == (0, [words.get(spoil, "SHORT")])


def test_it_takes_a_package_from_a_share_by_its_own_login(
    endpoint: Machine, made: MadePackage, package: PackageManifest, tmp_path: Path, samba: Samba
) -> None:
    share = f"smb://127.0.0.1:{samba.port}{(tmp_path / 'www').resolve()}"
    refused = _from(endpoint, made, package, tmp_path, share)
    assert (refused.lacks, refused.left[0].word) == (len(package.files), "SHORT"), "nobody may read it unnamed"
    shutil.rmtree(tmp_path / "cache")
    login = endpoint.folder / "etc" / "itms" / "smb"
    login.parent.mkdir(parents=True)
    login.write_text(f"username={USER}\npassword={samba.password}\n")
    found = _from(endpoint, made, package, tmp_path, share)
    # A name with `?` is none of SMB: we send it.
    assert (found.lacks, [one.path for one in found.left]) == (1, ["#1?x=y&z"]), found
    assert found.taken[1] > BIG


def test_what_no_tool_is_there_for_is_left_out(
    machine: Machine, made: MadePackage, package: PackageManifest, tmp_path: Path
) -> None:
    machine.without("sftp", "smbclient")
    machine.start()
    bases = [f"sftp://root@{machine.host}:{machine.port}{tmp_path}/www", "smb://127.0.0.1/share/www"]
    found = _from(machine, made, package, tmp_path, *bases)
    assert [one.why.split(", ")[1].strip() for one in found.left] == [
        "status 127 there is no sftp", "status 127 there is no smbclient",
    ]  # fmt: skip
