"""Support bundles (MAINT-7): what somebody who helps must know, and nothing that is nobody's business."""

from __future__ import annotations

import base64
import hashlib
import json
import platform
import sys
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from itmsctl import __version__
from itmsctl.admin.bundle import FORMAT, LEFT_OUT, ShownNames, stack_of, verb_of, without_home
from itmsctl.admin.service import doctor, hardware
from itmsctl.admin.service.desk import Desk
from itmsctl.admin.service.size import size as measured
from itmsctl.admin.service.status import Status, status
from itmsctl.cmdb.audit import horizon
from itmsctl.cmdb.engine import sqlite_version
from itmsctl.cmdb.facts import MAINTAINED_AT, PURGED_AT, fact
from itmsctl.cmdb.rows import change_sets
from itmsctl.cmdb.store import Store
from itmsctl.cmdb.work import Reader
from itmsctl.documents.archive import read_archive, write_archive
from itmsctl.documents.json_text import json_text
from itmsctl.errors import FileFormatError, IntegrityError, ItmsError, NotFoundError
from itmsctl.values.findings import Finding
from itmsctl.values.kind import house

MANIFEST = "manifest.json"
_CHANGE_SETS, _INCIDENTS = 200, 20
_SECRET_WORDS = ("PASS", "SECRET", "TOKEN", "CREDENTIAL", "APIKEY", "API_KEY", "PRIVATE")
_LEAST_SECRET = 6


@dataclass(frozen=True)
class BundleRequest:
    """What the bundle is made of: the desk, the settings with their origins, the environment, and what was wanted."""

    desk: Desk
    settings: Sequence[Mapping[str, Any]]
    environment: Mapping[str, str]
    config_folder: Path
    names: bool
    note: str
    verbs: Callable[[str], Collection[str]]  # of a group of commands


@dataclass(frozen=True)
class Bundle:
    """A bundle that was written; `missing` tells which parts could not be gathered, and why."""

    path: Path
    size: int
    files: list[dict[str, Any]]
    missing: dict[str, str]


def is_readable(desk: Desk) -> bool:
    """Return whether there is a database that can be opened. None is made."""
    found = status(desk)
    return found.error is None and found.row.get("schema") is not None


def write_bundle(asked: BundleRequest, out: Path, store: Store | None, *, force: bool = False) -> Bundle:
    """Gather everything and write it to `out` (0600), whole or not at all. `store` is None where it cannot be opened.

    Raises StorageError, and IntegrityError where a secret of the environment stands in what was gathered.
    """
    now = asked.desk.clock()
    files: dict[str, bytes] = {}
    missing: dict[str, str] = {}
    for name, gather in _parts(asked, store):
        try:
            files[name] = (json_text(gather(), indent=1) + "\n").encode()
        except ItmsError as error:
            missing[name] = error.code
    state = status(asked.desk)
    if state.error is not None:
        missing["audit.json"] = state.error.code
    if asked.note:
        files["note.txt"] = asked.note.encode()
    manifest = {
        "format": FORMAT, "program": __version__, "made_at": now, "names": asked.names, "left_out": LEFT_OUT,
        "missing": missing, "files": _listed(files),
    }  # fmt: skip
    files[MANIFEST] = (json_text(manifest, indent=1) + "\n").encode()
    _refuse_secrets(files, _known_secrets(asked))
    write_archive(out, files, now, force=force)
    return Bundle(out, out.stat().st_size, _listed(files), missing)


def _listed(files: Mapping[str, bytes]) -> list[dict[str, Any]]:
    return [
        {"name": name, "size_bytes": len(files[name]), "sha256": hashlib.sha256(files[name]).hexdigest()}
        for name in sorted(files)
    ]


def _parts(asked: BundleRequest, store: Store | None) -> Iterator[tuple[str, Any]]:
    names = ShownNames(asked.names)
    state = status(asked.desk)
    folders = {"database": asked.desk.place.path or asked.desk.data_folder, "state": asked.desk.state_folder}
    yield "program.json", _program
    yield "machine.json", lambda: hardware.hardware(folders)
    yield "network.json", hardware.network
    yield "software.json", hardware.recent_software
    yield "settings.json", lambda: _settings(asked)
    yield "doctor.json", lambda: _findings(asked, store)
    yield "incidents.json", lambda: _incidents(asked)
    yield "database.json", lambda: _database(state, store)
    if store is None:
        return
    yield "audit.json", lambda: _audit(asked, store, names)
    for call in house().calls("support"):
        with store.read() as reader:
            for name, found in call(reader, names):
                yield f"{name}.json", lambda found=found: found


# --- the parts --------------------------------------------------------------------------------------------------------


def _program() -> dict[str, Any]:
    wanted = sorted({line.split(";")[0].strip() for line in requires("itmsctl") or () if "extra ==" not in line})
    names = [*("".join(c for c in line.split(">")[0].split("=")[0] if c not in " <~!") for line in wanted), "psycopg"]
    return {
        "version": __version__,
        "python": platform.python_version(),
        "implementation": platform.python_implementation(),
        "sqlite": sqlite_version(),
        "packages": {name: _version(name) for name in sorted(set(names))},
        "in_virtual_environment": sys.prefix != sys.base_prefix,
    }


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def _settings(asked: BundleRequest) -> dict[str, Any]:
    shown = []
    for setting in asked.settings:
        value = setting["value"]
        if setting["name"] == "db":
            value = "sqlite" if asked.desk.place.is_sqlite else "postgresql"
        elif setting["name"].endswith("_file") and value is not None:
            value = "set"
        origin = _told(asked, str(setting["origin"]))
        shown.append({"name": setting["name"], "value": value, "origin": origin})
    return {"settings": shown, "variables": sorted(n for n in asked.environment if n.startswith("ITMSCTL_"))}


def _findings(asked: BundleRequest, store: Store | None) -> list[dict[str, Any]]:
    found: list[Finding] = list(
        doctor.examine(asked.desk, asked.environment, asked.config_folder, terminal=False)
    )  # fmt: skip
    if store is not None:
        found += doctor.of_rooms(store)
    # What a finding says holds names, and what others wrote: without names only that it was found.
    shown = ("id", "severity", "what", "cause") if asked.names else ("id", "severity")
    return [{name: _told(asked, str(getattr(one, name))) for name in shown} for one in found]


def _told(asked: BundleRequest, text: str) -> str:
    return without_home(text, (asked.environment.get("HOME", ""), str(Path.home())))


def _incidents(asked: BundleRequest) -> list[dict[str, Any]]:
    folder = asked.desk.state_folder / "incidents"
    files = sorted(folder.glob("*.txt"))[-_INCIDENTS:] if folder.is_dir() else []
    return [{"name": path.stem, "stack": stack_of(path.read_text("utf-8", "replace")[:200_000])} for path in files]


def _database(state: Status, store: Store | None) -> dict[str, Any]:
    wanted = ("engine", "state", "schema", "program_schema", "epoch", "changes", "engine_version", "journal_mode",
              "size_bytes", "last_change_at", "pending_dirty", "blobs", "last_backup_at")  # fmt: skip
    row: dict[str, Any] = {name: state.row.get(name) for name in wanted}
    if state.error is not None or store is None:
        return row
    found = measured(store)
    with store.read() as reader:
        start = horizon(reader.connection)
        row |= {"maintained_at": fact(reader, MAINTAINED_AT), "purged_at": fact(reader, PURGED_AT)}
    row |= {"audit_begins_after": start.seq, "audit_reaches_back_to": start.at}
    space = {"free_bytes": found.space.free, "log_bytes": found.space.log, "tables": found.by_table()}
    return row | {"nouns": state.nouns, "space": space}


def _audit(asked: BundleRequest, store: Store, names: ShownNames) -> list[dict[str, Any]]:
    with store.read() as reader:
        return list(_headers(asked, reader, names))


def _headers(asked: BundleRequest, reader: Reader, names: ShownNames) -> Iterator[dict[str, Any]]:
    groups = house().groups()
    statement = sa.select(change_sets).order_by(change_sets.c.seq.desc()).limit(_CHANGE_SETS)
    for row in reader.connection.execute(statement):
        yield {
            "seq": row.seq,
            "at": row.at,
            "actor": names("person", row.actor),
            "command": verb_of(row.command, groups, asked.verbs),
            "summary": row.summary,
        }


# --- no secret --------------------------------------------------------------------------------------------------------


def _known_secrets(asked: BundleRequest) -> list[bytes]:
    """Return what is known here to be secret: the password of the database, and variables that are named as such."""
    found = [asked.desk.place.url.password or ""]
    found += [v for n, v in asked.environment.items() if any(word in n.upper() for word in _SECRET_WORDS)]
    return [str(one).encode() for one in found if len(str(one)) >= _LEAST_SECRET and not str(one).startswith("/")]


def _refuse_secrets(files: Mapping[str, bytes], secrets: Sequence[bytes]) -> None:
    for secret in secrets:
        forms = (secret, secret.hex().encode(), base64.b64encode(secret), json.dumps(secret.decode())[1:-1].encode())
        for name, data in files.items():
            if any(form in data for form in forms):
                raise IntegrityError(
                    f"{name} would hold a secret of the environment, so no bundle was written",
                    hint="a name or a note holds it: leave it out, or go without --include-names",
                )


# --- reading a bundle -------------------------------------------------------------------------------------------------


def read_bundle(path: Path) -> list[dict[str, Any]]:
    """Return the files of a bundle, each compared with its digest.

    Raises NotFoundError, InputError for no bundle, ArchiveUnsafeError, IntegrityError where a file is not what it was.
    """
    files = read_archive(path)
    rows = _manifest(path, files)
    if {row["name"] for row in rows} != set(files) - {MANIFEST}:
        raise IntegrityError(f"{path} does not hold what its manifest lists")
    for row in _listed({name: data for name, data in files.items() if name != MANIFEST}):
        if row not in rows:
            raise IntegrityError(f"{row['name']} in {path} is not what its manifest says")
    return _listed(files)


def _manifest(path: Path, files: Mapping[str, bytes]) -> list[Any]:
    try:
        loaded = json.loads(files[MANIFEST])
        rows: list[Any] = loaded["files"] if loaded["format"] == FORMAT else []
        names = [row["name"] for row in rows]
    except (KeyError, ValueError, TypeError, RecursionError) as error:
        raise FileFormatError(f"{path} is no support bundle of this program", why=type(error).__name__) from None
    if not names or not all(isinstance(name, str) for name in names):
        raise FileFormatError(f"{path} is no support bundle of this program", why="its manifest lists no files")
    return rows


def part_of(path: Path, name: str) -> str:
    """Return the text of one file of a bundle. Raises NotFoundError, and what `read_bundle` raises."""
    known = [row["name"] for row in read_bundle(path)]
    if name not in known:
        raise NotFoundError(f"{path} holds no `{name}`", hint=", ".join(known))
    return read_archive(path)[name].decode("utf-8", "replace")
