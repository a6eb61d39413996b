"""What a package is: its files by their digests, and its programs, in one written form whose digest names it."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from functools import cached_property
from typing import Any

from itmsctl.errors import FileFormatError, InputError
from itmsctl.packages.kinds import IF_ASKED, REBOOTS
from itmsctl.packages.paths import check_apart, check_path

PIECE = 4 * 2**20  # bytes: what a transfer goes on by, and what is sent again where it is damaged
LARGEST = 64 * 2**20  # bytes of a written manifest
MOST_FILES = 200_000
MOST_PROGRAMS = 100
SYSTEMS = ("linux", "windows", "macos")
ANY = "any"  # the command line of every system that has none of its own
SUCCESS, REBOOT, RETRY, FAILED = "success", "reboot", "retry", "failed"
MEANINGS = (SUCCESS, REBOOT, RETRY, FAILED)
LIMIT_S = 3600.0
_MODES = (0o644, 0o755)
_DIGEST = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class PackageFile:
    """One file of a package; `pieces` are the digests of each PIECE of it, none where it is not larger than one."""

    path: str
    size: int
    sha256: str
    mode: int = 0o644
    pieces: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PackageProgram:
    """What runs from a package: a command line for each system, run in the folder of the package."""

    name: str
    commands: Mapping[str, str] = field(default_factory=dict)
    codes: Mapping[int, str] = field(default_factory=dict)
    run_as: str | None = None
    reboot: str = IF_ASKED
    limit_s: float = LIMIT_S

    def command(self, system: str) -> str | None:
        """Return the command line for a system, or None."""
        return self.commands.get(system) or self.commands.get(ANY)

    def meaning(self, code: int) -> str:
        """Return what an exit code means: 0 is a success and others a failure, unless it says otherwise."""
        return self.codes.get(code, FAILED if code else SUCCESS)


@dataclass(frozen=True)
class PackageManifest:
    """A package as it is signed, copied and checked."""

    name: str
    version: str
    revision: int
    files: tuple[PackageFile, ...]
    programs: tuple[PackageProgram, ...] = ()
    detect: str | None = None

    def canonical(self) -> bytes:
        """Return its one written form: JSON in UTF-8, keys and files in order. `parse` reads it."""
        return self._written

    @cached_property
    def digest(self) -> str:
        """Return the SHA-256 of its written form: what names the content of a package everywhere."""
        return hashlib.sha256(self._written).hexdigest()

    @cached_property
    def _written(self) -> bytes:
        plain = asdict(self)
        plain["files"] = sorted(({**one, "pieces": list(one["pieces"])} for one in plain["files"]), key=_path)
        plain["programs"] = [
            {**one, "codes": {str(code): said for code, said in one["codes"].items()}, "limit_s": float(one["limit_s"])}
            for one in plain["programs"]
        ]
        return json.dumps(plain, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()

    @property
    def size(self) -> int:
        """Return the bytes of its files."""
        return sum(one.size for one in self.files)

    def program(self, name: str) -> PackageProgram | None:
        """Return the program of that name, or None."""
        return next((one for one in self.programs if one.name == name), None)


def parse(data: bytes) -> PackageManifest:
    """Return the manifest that `canonical` wrote. Raises FileFormatError for anything else."""
    if len(data) > LARGEST:
        raise FileFormatError(f"the manifest is larger than {LARGEST} bytes")
    try:
        found = checked(_manifest(json.loads(data)))
        same = found.canonical() == data
    except InputError:
        raise
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError, OverflowError) as error:
        raise FileFormatError("the manifest cannot be read", why=f"{type(error).__name__}: {error}"[:200]) from None
    if not same:
        raise FileFormatError("the manifest is not in its one written form", why="something stands there besides")
    return found


def checked(manifest: PackageManifest) -> PackageManifest:
    """Return the manifest. Raises InputError for a path, a digest, a number or a word that cannot be in one."""
    if len(manifest.files) > MOST_FILES:
        raise InputError(f"{len(manifest.files)} files are more than a package may have ({MOST_FILES})")
    if len(manifest.programs) > MOST_PROGRAMS:
        raise InputError(f"{len(manifest.programs)} programs are more than a package may have ({MOST_PROGRAMS})")
    if manifest.revision < 1:
        raise InputError(f"revision {manifest.revision} is none: they count from 1")
    for file in manifest.files:
        _check_file(file)
    check_apart(file.path for file in manifest.files)
    for program in manifest.programs:
        _check_program(program)
    if len({program.name for program in manifest.programs}) < len(manifest.programs):
        raise InputError("two programs have the same name")
    return manifest


def pieces_of(size: int) -> int:
    """Return how many digests of pieces a file of that size has."""
    return -(-size // PIECE) if size > PIECE else 0


def _check_file(file: PackageFile) -> None:
    check_path(file.path)
    if file.size < 0 or file.mode not in _MODES:
        raise InputError(f"`{file.path}` has size {file.size} and mode {file.mode:o}", hint="mode 644 or 755")
    for digest in (file.sha256, *file.pieces):
        if not _DIGEST.fullmatch(digest):
            raise InputError(f"`{file.path}` has a digest that is not one", why=repr(digest)[:80])
    if len(file.pieces) != pieces_of(file.size):
        raise InputError(f"`{file.path}` has {len(file.pieces)} digests of pieces, expected {pieces_of(file.size)}")


def _check_program(program: PackageProgram) -> None:
    where = f"program `{program.name}`"
    if not program.name or not set(program.commands) <= {*SYSTEMS, ANY}:
        raise InputError(
            f"{where} has no name, or commands of a system that is not one", hint=f"{ANY}, " + ", ".join(SYSTEMS)
        )
    if not set(program.codes.values()) <= set(MEANINGS) or program.reboot not in REBOOTS:
        raise InputError(f"{where} says something of codes or of reboots that is not a word for it")
    if not 0 < program.limit_s <= 7 * 86400:
        raise InputError(f"{where} has a time limit of {program.limit_s} s", hint="up to 7d")


def _path(file: Mapping[str, Any]) -> str:
    return str(file["path"])


def _manifest(plain: Any) -> PackageManifest:
    return PackageManifest(
        _text(plain["name"]),
        _text(plain["version"]),
        _whole(plain["revision"]),
        tuple(_file(one) for one in plain["files"]),
        tuple(_program(one) for one in plain["programs"]),
        None if plain["detect"] is None else _text(plain["detect"]),
    )


def _file(plain: Any) -> PackageFile:
    pieces = tuple(_text(one) for one in plain["pieces"])
    return PackageFile(
        _text(plain["path"]), _whole(plain["size"]), _text(plain["sha256"]), _whole(plain["mode"]), pieces
    )


def _program(plain: Any) -> PackageProgram:
    return PackageProgram(
        _text(plain["name"]),
        {_text(system): _text(line) for system, line in plain["commands"].items()},
        {int(code): _text(said) for code, said in plain["codes"].items()},
        None if plain["run_as"] is None else _text(plain["run_as"]),
        _text(plain["reboot"]),
        float(plain["limit_s"]),
    )


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(f"expected a text, not {value!r}"[:80])
    return value


def _whole(value: Any) -> int:
    if type(value) is not int:
        raise TypeError(f"expected a whole number, not {value!r}"[:80])
    return value
