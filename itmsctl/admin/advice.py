"""What the suite advises for its database server, and what becomes of it on the engines of this CMDB (DB-13)."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Advice:
    """One piece of advice: the suite's words, and what it means on each engine. `-` before it: no meaning there."""

    topic: str
    suite: str
    sqlite: str
    postgresql: str
    source: str

    def here(self, is_sqlite: bool) -> dict[str, str]:
        """Return the flat object of output for one engine."""
        said = self.sqlite if is_sqlite else self.postgresql
        applies = "no" if said.startswith("- ") else "yes"
        return {
            "name": self.topic,
            "suite": self.suite,
            "applies": applies,
            "here": said.removeprefix("- "),
            "source": self.source,
        }


ADVICE = (
    Advice(
        "statistics", "update nightly, or asynchronously",
        "`db maintain --only statistics` nightly: it takes seconds and blocks nobody for long",
        "autovacuum renews them; `db maintain --only statistics` after large imports", "DB-7",
    ),
    Advice(
        "index rebuild", "at least monthly, better weekly",
        "`db maintain` weekly", "`db maintain` weekly rebuilds them while others write", "DB-7",
    ),
    Advice(
        "index reorganise", "weekly",
        "- VACUUM, part of `db maintain`, writes tables and indexes in order: there is no lighter form",
        "- VACUUM, part of `db maintain`, and autovacuum do what is needed", "DB-7",
    ),
    Advice(
        "index free space", "10 % (fill factor 90)",
        "- pages are filled as they come; there is no such setting",
        "its own default is 90 for indexes: nothing to set", "DB-7",
    ),
    Advice(
        "backups", "regular", "`db backup` daily, also while others write", "`db backup`, or the server's own", "DB-7",
    ),
    Advice(
        "recovery model", "simple with aggressive backup, or full with log backup",
        "- there is one: each commit is on the disk; a backup is of one moment",
        "- WAL archiving is the like of full recovery: the server's setting archive_mode", "DB-7",
    ),
    Advice(
        "autogrow", "10-20 % above the estimate, as a safety net",
        "- the file grows by pages as needed; `db preallocate SIZE` reserves room at once",
        "- files grow by themselves; watch the disk (`db size`)", "DB-3",
    ),
    Advice(
        "autoshrink", "off",
        "- it never shrinks by itself (auto_vacuum is off); `db maintain` gives room back",
        "- it never shrinks by itself; `db maintain --full` gives room back", "DB-4",
    ),
    Advice(
        "preallocation", "the file at its estimated size before installing",
        "`db preallocate SIZE`", "- there is none: keep the disk for it free, or use a volume of its own", "INST-6",
    ),
    Advice(
        "max server memory", "RAM less 4-6 GB",
        "- there is no server: a command holds a few MB of cache",
        "shared_buffers about a quarter of RAM, effective_cache_size about three quarters", "DB-6",
    ),
    Advice(
        "ad hoc workloads", "optimise for them, unless memory is exhausted",
        "- plans are not kept between commands", "- plans are kept for a session only", "DB-6",
    ),
    Advice(
        "programs over system cache", "favour programs",
        "- the system's cache is the cache of the database: leave it memory",
        "- the system's cache is half of its cache: leave it memory", "DB-6",
    ),
    Advice(
        "tempdb", "a volume of its own; several files",
        "- sorts are done in memory (temp_store)", "temp_tablespaces may lie on a disk of their own", "DB-8",
    ),
    Advice(
        "volumes", "OS, data, tempdb and log apart",
        "- journal and data lie in one folder by design; an SSD of its own for the folder",
        "pg_wal on a disk of its own is the like of a log volume", "DB-8",
    ),
    Advice("disks", "RAID 10, no RAID 5; SSD or fast SAN", "the same: each commit waits for it", "the same", "DB-9"),
    Advice(
        "clustering", "for failover only; no load balancing",
        "- one machine: keep backups on another, and restore",
        "a standby with streaming replication, for failover only", "DB-10",
    ),
    Advice(
        "collation", "one of seven",
        "- text compares by code point", "- text compares by code point (COLLATE \"C\")", "DB-11",
    ),
    Advice(
        "other databases", "no third-party databases on the server",
        "- the file is its own", "give it a server, or at least a database, of its own", "DB-5",
    ),
    Advice(
        "on-box", "up to 5,000 computers",
        "always on-box: one file on this machine", "on-box as the suite says; PostgreSQL elsewhere needs verified TLS",
        "DB-12",
    ),
)  # fmt: skip
