"""What only a file can suffer: modes, links, kinds of disk, damage, locks. Each ends in a clear refusal."""

from __future__ import annotations

import os
import resource
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from itmsctl import errors
from itmsctl.cmdb import chain, files
from itmsctl.cmdb.engine import _set_journal, place_of, wal_is_safe
from tests.cmdb.conftest import Opened
from tests.cmdb.nouns import SITES
from tests.cmdb.processes import ROOT
from tests.servers import missing


def add(store, name: str, **fields) -> None:
    store.write(lambda unit: SITES.add(unit, name, fields))


# --- who may read it --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604, 0o660])
def test_a_file_that_others_can_read_is_refused(sqlite_db: str, opened: Opened, mode: int) -> None:
    Path(sqlite_db).chmod(mode)
    with pytest.raises(errors.StateDirUnsafeError, match=f"has mode {mode:04o}, expected 0600") as caught:
        opened(sqlite_db)
    assert caught.value.hint == f"chmod 600 {sqlite_db}"


def test_a_folder_in_which_others_can_put_another_file_is_refused(sqlite_db: str, opened: Opened) -> None:
    folder = Path(sqlite_db).parent
    folder.chmod(0o777)
    with pytest.raises(errors.StateDirUnsafeError, match="could replace the database"):
        opened(sqlite_db)
    folder.chmod(0o1777)  # as /tmp: anybody could put a journal beside the database
    with pytest.raises(errors.StateDirUnsafeError, match="could put a journal beside") as caught:
        opened(sqlite_db)
    assert "mkdir -m 700" in caught.value.hint
    private = folder / "private"
    private.mkdir(mode=0o700)
    Path(sqlite_db).rename(private / "cmdb.sqlite")
    opened(str(private / "cmdb.sqlite"))


@pytest.mark.parametrize("suffix", ["-journal", "-wal", "-shm"])
@pytest.mark.parametrize("kind", ["of others", "open to others", "link", "two names"])
def test_a_journal_that_somebody_laid_is_not_played(sqlite_db: str, opened: Opened, suffix: str, kind: str) -> None:
    journal = Path(sqlite_db + suffix)
    if kind == "link":
        journal.symlink_to(sqlite_db)
    else:
        journal.write_bytes(b"laid here")
        journal.chmod(0o666 if kind == "open to others" else 0o600)
        if kind == "of others":
            os.chown(journal, 12345, 12345)
        if kind == "two names":
            journal.with_suffix(".other").hardlink_to(journal)
    with pytest.raises(errors.StateDirUnsafeError, match="is not a journal that this program made"):
        opened(sqlite_db)


def test_a_database_or_a_folder_of_another_user_is_refused(tmp_path: Path, sqlite_db: str, opened: Opened) -> None:
    inner = tmp_path / "outer" / "inner"
    inner.mkdir(parents=True, mode=0o700)
    path = inner / "cmdb.sqlite"
    Path(sqlite_db).rename(path)
    for foreign in (path, inner, inner.parent):
        os.chown(foreign, 12345, 12345)
        with pytest.raises(errors.StateDirUnsafeError, match="belongs to uid 12345"):
            opened(str(path))
        os.chown(foreign, 0, 0)
    inner.parent.chmod(0o777)
    with pytest.raises(errors.StateDirUnsafeError, match="mode 0777: other users could replace"):
        opened(str(path))
    inner.parent.chmod(0o1777)  # nobody but its owner moves what lies in it
    opened(str(path))
    inner.parent.chmod(0o775)  # the group of root alone
    opened(str(path))
    os.chown(inner.parent, 0, 65534)
    with pytest.raises(errors.StateDirUnsafeError, match="mode 0775: other users could replace"):
        opened(str(path))


def test_a_database_with_two_names_is_refused_but_not_what_a_killed_restore_left(
    tmp_path: Path, sqlite_db: str, opened: Opened
) -> None:
    kept = Path(sqlite_db + ".before-2026-01-05T090000")
    kept.hardlink_to(sqlite_db)
    opened(sqlite_db)
    (tmp_path / "other.sqlite").hardlink_to(sqlite_db)
    kept.unlink()
    with pytest.raises(errors.StateDirUnsafeError, match="has 2 names") as caught:
        opened(sqlite_db)
    assert "-samefile" in caught.value.hint


def test_everything_made_is_private_whatever_the_umask(tmp_path: Path, opened: Opened) -> None:
    before = os.umask(0)
    try:
        store = opened(str(tmp_path / "a" / "cmdb.sqlite"))
        modes: set[int] = set()

        def look(unit) -> None:
            SITES.add(unit, "rome", {})
            modes.update(p.stat().st_mode & 0o777 for p in (tmp_path / "a").iterdir())

        store.write(look)
    finally:
        os.umask(before)
    assert modes == {0o600}
    assert (tmp_path / "a").stat().st_mode & 0o777 == 0o700
    assert {p.stat().st_mode & 0o777 for p in (tmp_path / "state").iterdir()} == {0o600}


@pytest.mark.parametrize("kind", ["link", "dangling", "folder", "fifo"])
def test_what_is_no_plain_file_is_refused(tmp_path: Path, sqlite_db: str, opened: Opened, kind: str) -> None:
    path = tmp_path / "other.sqlite"
    if kind == "link":
        path.symlink_to(sqlite_db)
    elif kind == "dangling":
        path.symlink_to(tmp_path / "nowhere")
    elif kind == "folder":
        path.mkdir(mode=0o700)
    else:
        os.mkfifo(path, 0o600)
    with pytest.raises(errors.StorageError, match=r"refusing to follow a link|is not a file"):
        opened(str(path))
    assert not (tmp_path / "nowhere").exists()


@pytest.mark.parametrize(
    ("mounts", "kind"),
    [
        ("/dev/a / ext4 rw 0 0\nnas:/x /srv nfs4 rw 0 0\n", "nfs4"),
        ("/dev/a / ext4 rw 0 0\nnas:/x /srv/d nfs rw 0 0\n/dev/b /srv/d/local xfs rw 0 0\n", "nfs"),
        ("/dev/a / ext4 rw 0 0\nnas:/x /srv/d/a\\040b cifs rw 0 0\n", "ext4"),
        ("/dev/a / ext4 rw 0 0\n//nas/x /srv/d cifs rw 0 0\n/dev/b /srv/d ext4 rw 0 0\n", "ext4"),
        ("/dev/a / ext4 rw 0 0\nnas:/x /srv/dd nfs rw 0 0\nbroken\n", "ext4"),
        ("", ""),
    ],
)
def test_the_file_system_of_a_path(mounts: str, kind: str) -> None:
    assert files.file_system_of(Path("/srv/d/cmdb.sqlite"), mounts) == kind


def test_a_mount_with_blanks_and_accents() -> None:
    mounts = "/dev/a / ext4 rw 0 0\nnas:/x /srv/a\\040é nfs rw 0 0\n"
    assert files.file_system_of(Path("/srv/a é/x"), mounts) == "nfs"


def test_a_network_file_system_is_refused(sqlite_db: str, opened: Opened, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "file_system_of", lambda _path: "nfs4")
    with pytest.raises(errors.StorageError, match="network file system") as caught:
        opened(sqlite_db)
    assert "PostgreSQL" in caught.value.hint


# --- damage -----------------------------------------------------------------------------------------------------------


def filled(opened: Opened, path: str) -> None:
    store = opened(path)
    store.write(lambda unit: [SITES.add(unit, f"s{i}", {"description": "x" * 900}) for i in range(300)] and None)
    store.close()


def read_all(store) -> None:
    with store.read() as reader:
        list(SITES.list(reader))
        chain.verify(reader.connection)


def test_a_text_file_is_refused_untouched(tmp_path: Path, opened: Opened) -> None:
    path = tmp_path / "notes.txt"
    for text in ("dear diary\n", "dear diary\n" * 1000):
        path.write_text(text)
        path.chmod(0o600)
        with pytest.raises(errors.DatabaseCorruptError, match="is damaged or is not a database") as caught:
            opened(str(path))
        assert "db restore --from" in caught.value.hint
        assert path.read_text() == text


def test_a_corrupt_page_is_told_and_nothing_is_written(sqlite_db: str, opened: Opened) -> None:
    filled(opened, sqlite_db)
    path = Path(sqlite_db)
    data = bytearray(path.read_bytes())
    place = len(data) * 9 // 10  # behind what every database begins with
    data[place : place + 40000] = b"\xa5" * 40000
    path.write_bytes(data)
    store = opened(sqlite_db)
    with pytest.raises(errors.DatabaseCorruptError) as caught:
        read_all(store)
    assert caught.value.exit_status == 11
    assert path.read_bytes() == bytes(data)


@pytest.mark.parametrize("keep", [0.5, 0.9])
def test_a_truncated_file_is_told(sqlite_db: str, opened: Opened, keep: float) -> None:
    filled(opened, sqlite_db)
    path = Path(sqlite_db)
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * keep) // 4096 * 4096])
    with pytest.raises(errors.DatabaseCorruptError):
        read_all(opened(sqlite_db))


# --- no room, no right ------------------------------------------------------------------------------------------------


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    if os.geteuid() != 0:
        missing("root", "a small file system cannot be mounted")
    folder = tmp_path / "small"
    folder.mkdir(mode=0o700)
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2500k,mode=0700", "tmpfs", str(folder)], check=True)
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


def test_a_full_disk_keeps_what_was_committed(small_disk: Path, opened: Opened) -> None:
    store = opened(str(small_disk / "cmdb.sqlite"))
    done = 0

    def add_many() -> None:
        nonlocal done
        for i in range(500):
            add(store, f"s{i}", description="x" * 20000)
            done += 1

    with pytest.raises(errors.StorageFullError, match="this change was not recorded") as caught:
        add_many()
    assert "df -h" in caught.value.hint
    assert done > 3
    with store.read() as reader:
        assert SITES.count(reader) == done
        assert chain.verify(reader.connection) == done + 1, "the policies that come with a new database were the first"
    assert (small_disk / "cmdb.sqlite").stat().st_mode & 0o777 == 0o600


def test_a_read_only_disk_can_be_read_and_says_so_when_written(small_disk: Path, opened: Opened) -> None:
    path = small_disk / "cmdb.sqlite"
    opened(str(path)).close()
    store = opened(str(path))
    add(store, "rome")
    store.close()
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)
    store = opened(str(path))
    with store.read() as reader:
        assert [d.name for d in SITES.list(reader)] == ["rome"]
    with pytest.raises(errors.StorageError, match=r"cannot be written|cannot be opened") as caught:
        add(store, "oslo")
    assert "must be writable" in caught.value.hint
    with pytest.raises(errors.StorageError, match="cannot be made"):
        opened(str(small_disk / "new.sqlite"))


def test_a_limit_on_the_size_of_files_is_named(sqlite_db: str, tmp_path: Path) -> None:
    code = (
        "import resource, sys; from pathlib import Path;"
        "from itmsctl.cmdb.engine import place_of; from itmsctl.cmdb.opening import open_store;"
        "from itmsctl.cmdb.store import Actor; from itmsctl.values.times import system_clock;"
        "from tests.cmdb.nouns import SITES; from itmsctl import errors;"
        f"place, state = place_of({sqlite_db!r}), Path({str(tmp_path)!r});"
        "store = open_store(place, clock=system_clock, actor=Actor('t'), state_folder=state);"
        f"limit = Path({sqlite_db!r}).stat().st_size + 65536;"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))\n"
        "try:\n"
        "    store.write(lambda unit: SITES.add(unit, 'rome', {'description': 'x' * 900000}))\n"
        "except errors.StorageFullError as error:\n"
        "    print(error.message)\n"
        "with store.read() as reader:\n"
        "    print(SITES.count(reader))\n"
    )
    assert resource.getrlimit(resource.RLIMIT_FSIZE)[0] == resource.RLIM_INFINITY
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "may not grow: files are limited to" in done.stdout
    assert done.stdout.splitlines()[-1] == "0"


def test_a_sync_that_fails_is_never_reported_as_done(sqlite_db: str, tmp_path: Path, strace: str) -> None:
    command = [sys.executable, "-m", "itmsctl", "--db", sqlite_db, "site", "add", "rome"]
    environment = os.environ | {"XDG_STATE_HOME": str(tmp_path / "state")}
    inject = "inject=fdatasync:error=EIO:when=1"
    trace = [strace, "-f", "-qq", "-o", "/dev/null", "-e", "trace=fdatasync", "-e", inject]
    failed = subprocess.run([*trace, *command], cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert failed.returncode == 11, failed.stderr
    assert "disk I/O error" in failed.stderr
    again = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert (again.returncode, again.stderr) == (0, "rome: created\n")


# --- locks ------------------------------------------------------------------------------------------------------------


def test_a_held_lock_is_waited_for_and_then_named(sqlite_db: str, opened: Opened) -> None:
    store = opened(sqlite_db, busy_timeout_s=0.3)
    holder = subprocess.Popen(
        [
            sys.executable, "-c",
            "import sqlite3, sys; c = sqlite3.connect(sys.argv[1], isolation_level=None);"
            "c.execute('BEGIN EXCLUSIVE'); print('held', flush=True); sys.stdin.read()",
            sqlite_db,
        ],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert holder.stdout is not None
    holder.stdout.readline()
    try:
        with pytest.raises(errors.DatabaseBusyError) as caught:
            add(store, "rome")
        assert caught.value.exit_status == 15
        assert f"process {holder.pid} (" in caught.value.message
        with pytest.raises(errors.DatabaseBusyError):
            opened(sqlite_db, busy_timeout_s=0.2)
    finally:
        holder.communicate("")
    add(store, "rome")


def test_a_writer_waits_for_another_and_goes_on(sqlite_db: str, opened: Opened) -> None:
    store = opened(sqlite_db, busy_timeout_s=10)
    held = sqlite3.connect(sqlite_db, isolation_level=None, check_same_thread=False)
    held.execute("BEGIN IMMEDIATE")
    release = threading.Timer(0.4, held.rollback)
    release.start()
    add(store, "rome")
    release.join()
    held.close()


def test_who_holds_a_lock_is_read_from_proc(tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.touch()
    inode = path.stat().st_ino
    locks = f"1: POSIX  ADVISORY  READ  11 fd:00:{inode} 0 1\n2: POSIX  ADVISORY  WRITE {os.getpid()} 8:1:{inode} 5 9\n"
    assert files.writer_of(path, locks).startswith(f"process {os.getpid()} (")
    assert files.writer_of(path, f"1: POSIX ADVISORY WRITE 999999999 fd:00:{inode} 5 9\n") == "process 999999999"
    assert files.writer_of(path, "garbage\n\n") == ""


# --- the journal ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("version", "safe"),
    [
        ((3, 40, 1), False), ((3, 44, 5), False), ((3, 44, 6), True), ((3, 45, 0), False), ((3, 50, 6), False),
        ((3, 50, 7), True), ((3, 51, 0), False), ((3, 51, 2), False), ((3, 51, 3), True), ((3, 52, 0), True),
    ],
)  # fmt: skip
def test_the_write_ahead_log_only_where_it_is_safe(version: tuple[int, int, int], safe: bool) -> None:
    assert wal_is_safe(version) is safe


def test_an_unsafe_write_ahead_log_is_left_or_refused(tmp_path: Path) -> None:
    path = tmp_path / "wal.sqlite"
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("PRAGMA journal_mode=WAL")
    other.execute("CREATE TABLE t (x)")
    ours = sqlite3.connect(path, isolation_level=None, timeout=0.1)
    other.execute("BEGIN")
    other.execute("SELECT * FROM t").fetchall()
    with pytest.raises(sqlite3.OperationalError, match="locked"):
        _set_journal(ours, "TRUNCATE", 0.2)
    other.close()
    _set_journal(ours, "TRUNCATE", 0.2)
    assert ours.execute("PRAGMA journal_mode").fetchone() == ("truncate",)
    ours.close()


# --- places -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://u@db.example/x",
        "postgresql://u@/x?host=db.example",
        "postgresql://u@localhost/x?hostaddr=10.0.0.1",
        "postgresql://u@/x?host=/run/pg,db.example",
        "postgresql://u@db.example/x?sslmode=require",
        "postgresql://u@localhost/x?service=prod",
        "postgresql://u@localhost/x?password=hunter2",
    ],
)
def test_what_would_travel_in_clear_is_refused(url: str) -> None:
    with pytest.raises(errors.InsecureUrlError) as caught:
        place_of(url)
    assert "hunter2" not in str(caught.value.as_dict())


def test_what_libpq_takes_from_the_environment_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    place_of("postgresql://u@/x")
    monkeypatch.setenv("PGHOST", "db.example")
    with pytest.raises(errors.InsecureUrlError):
        place_of("postgresql://u@/x")
    monkeypatch.setenv("PGSSLMODE", "verify-full")
    place_of("postgresql://u@/x")


def test_a_place_never_shows_its_password() -> None:
    assert "hunter2" not in str(place_of("postgresql://u:hunter2@localhost/x"))


@pytest.mark.parametrize("url", ["mysql://h/x", "sqlite://", "sqlite:///:memory:", "postgresql://[/x"])
def test_other_engines_and_memory_are_wrong_usage(url: str) -> None:
    with pytest.raises(errors.UsageError):
        place_of(url)
