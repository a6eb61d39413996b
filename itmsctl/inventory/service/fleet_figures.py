"""Figures of the fleet for monitoring: counts by system, site and class, and what needs somebody."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from itmsctl import __version__
from itmsctl.cmdb.work import Reader
from itmsctl.inventory.asking import view_of_class
from itmsctl.inventory.exports.prometheus import MetricFamily, counted_family
from itmsctl.inventory.rows import inventory_computers, inventory_states
from itmsctl.inventory.service.class_tables import sql_type
from itmsctl.inventory.service.classes import data_class
from itmsctl.resources.rows import v_computer
from itmsctl.resources.service.scope import scoped
from itmsctl.resources.service.selection import ComputerSelection, condition
from itmsctl.sites.rows import places

_SYSTEMS, _SITES, _VERSIONS = 100, 500, 100
_WITHIN = {"1d": 1, "7d": 7, "30d": 30, "90d": 90}
_BELOW = (5, 10, 20)
# File systems that are always full, or are none of a disk.
_NO_DISKS = ("squashfs", "iso9660", "udf", "cdfs", "erofs", "tmpfs", "devtmpfs", "overlay", "devfs", "autofs")


@dataclass(frozen=True)
class _Fleet:
    """Whose figures they are, as the condition that a column of computers' ids satisfies it."""

    reader: Reader
    chosen: sa.Select[Any] | None

    def of(self, column: sa.ColumnElement[Any]) -> sa.ColumnElement[bool]:
        return sa.true() if self.chosen is None else column.in_(self.chosen)

    def counts(self, statement: sa.Select[Any], *names: str) -> Iterator[tuple[Mapping[str, object], float]]:
        """Yield what a statement counts: labels of its first columns, the number that is its last."""
        for *said, count in self.reader.connection.execute(statement):
            yield dict(zip(names, said, strict=True)), float(count or 0)


def fleet_figures(reader: Reader, selection: ComputerSelection, products: Sequence[str]) -> list[MetricFamily]:
    """Return the figures of the computers of a selection, and how many have which version of some products."""
    picked = condition(reader, selection)
    chosen = None if picked is None else scoped(sa.select(v_computer.c.id).where(picked), reader)
    fleet = _Fleet(reader, chosen)
    return [
        *_about(reader),
        *_computers(fleet),
        *_classes(fleet),
        *_updates(fleet),
        *_disks(fleet),
        *_certificates(fleet),
        _software(fleet, products),
    ]


def _about(reader: Reader) -> Iterator[MetricFamily]:
    version = MetricFamily("itmsctl_info", "The program that wrote these figures.")
    version.add(1, version=__version__)
    written = MetricFamily("itmsctl_exported_timestamp_seconds", "When these figures were written.")
    written.add(int(reader.now.timestamp()))
    yield from (version, written)


def _count() -> sa.ColumnElement[int]:
    return sa.func.count()


def _computers(fleet: _Fleet) -> Iterator[MetricFamily]:
    of = v_computer.c
    kinds = (
        sa.select(of.os_family, of.device_kind, _count()).where(fleet.of(of.id)).group_by(of.os_family, of.device_kind)
    )
    yield counted_family(
        "itmsctl_computers",
        "Computers that are recorded.",
        fleet.counts(scoped(kinds, fleet.reader), "os_family", "device_kind"),
        _SYSTEMS,
    )
    known = MetricFamily("itmsctl_computers_inventoried", "Computers of which inventory is held.")
    ids = inventory_computers.c.computer_id
    known.add(float(fleet.reader.scalar(sa.select(sa.func.count(ids)).where(fleet.of(ids)))))
    yield known
    system = _rows_of("operating_system")
    by = (system.c.name, system.c.version)
    yield counted_family(
        "itmsctl_computers_by_system",
        "Computers by operating system and version, as inventory knows them.",
        fleet.counts(sa.select(*by, _count()).where(fleet.of(system.c.computer_id)).group_by(*by), "system", "version"),
        _SYSTEMS,
    )
    site = places.c
    yield counted_family(
        "itmsctl_computers_by_site",
        "Computers by site; one at the border of two sites counts in each.",
        fleet.counts(
            sa.select(site.site, sa.func.count(sa.distinct(site.computer_id)))
            .where(fleet.of(site.computer_id), site.site.is_not(None))
            .group_by(site.site),
            "site",
        ),
        _SITES,
    )


def _classes(fleet: _Fleet) -> Iterator[MetricFamily]:
    state, now = inventory_states.c, fleet.reader.now
    columns = [_sum(state.collected_at > now - timedelta(days=days)) for days in _WITHIN.values()]
    statement = sa.select(
        state.class_name, *columns, sa.func.count(state.collected_at), sa.func.count(state.unread),
        sa.func.min(state.collected_at),
    ).where(fleet.of(state.computer_id)).group_by(state.class_name).order_by(state.class_name)  # fmt: skip
    ages = MetricFamily(
        "itmsctl_inventory_class_computers", "Computers of which a class was collected within this time."
    )
    unread = MetricFamily("itmsctl_inventory_class_unread_computers", "Computers of which a class could not be read.")
    oldest = MetricFamily(
        "itmsctl_inventory_class_oldest_timestamp_seconds", "When the oldest rows that are held were last collected."
    )
    for name, *within, ever, could_not, first in fleet.reader.connection.execute(statement):
        for label, count in zip((*_WITHIN, "ever"), (*within, ever), strict=True):
            ages.add(float(count or 0), **{"class": name, "within": label})
        unread.add(float(could_not), **{"class": name})
        if first is not None:
            oldest.add(int(first.timestamp()), **{"class": name})
    yield from (ages, unread, oldest)


def _updates(fleet: _Fleet) -> Iterator[MetricFamily]:
    """Yield pending updates: as they are listed, of other computers as their system counts them."""
    rows, state, counted = _rows_of("pending_updates"), inventory_states.c, _rows_of("update_state")
    listed = sa.select(state.computer_id).where(state.class_name == "pending_updates", state.collected_at.is_not(None))
    security = sa.func.coalesce(rows.c.is_security, sa.false())
    pending = MetricFamily("itmsctl_pending_updates", "Updates that are not installed, over all computers.")
    having = MetricFamily("itmsctl_pending_updates_computers", "Computers that have updates to install.")
    by_list = sa.select(security, _count(), sa.func.count(sa.distinct(rows.c.computer_id)))
    for is_security, updates, computers in fleet.reader.connection.execute(
        by_list.where(fleet.of(rows.c.computer_id)).group_by(security)
    ):
        pending.add(float(updates), security=_word(is_security))
        having.add(float(computers), security=_word(is_security))
    urgent = sa.func.coalesce(counted.c.pending_security, 0)
    other = sa.func.coalesce(counted.c.pending, 0) - urgent
    unlisted = (fleet.of(counted.c.computer_id), counted.c.computer_id.not_in(listed))
    for word, number in (("true", urgent), ("false", other)):
        total = sa.select(sa.func.coalesce(sa.func.sum(number), 0), sa.func.coalesce(_sum(number > 0), 0))
        updates, computers = fleet.reader.connection.execute(total.where(*unlisted)).one()
        pending.add(float(updates), security=word)
        having.add(float(computers), security=word)
    reboot = MetricFamily("itmsctl_reboot_required_computers", "Computers that wait for a restart.")
    waiting = sa.select(_count()).where(counted.c.reboot_required.is_(True), fleet.of(counted.c.computer_id))
    reboot.add(float(fleet.reader.scalar(waiting)))
    yield from (pending, having, reboot)


def _disks(fleet: _Fleet) -> Iterator[MetricFamily]:
    disk = _rows_of("filesystems")
    local = (
        fleet.of(disk.c.computer_id),
        disk.c.size_bytes > 0,
        disk.c.free_bytes.is_not(None),
        sa.func.coalesce(disk.c.is_remote, sa.false()).is_(False),
        sa.func.lower(sa.func.coalesce(disk.c.type, "")).not_in(_NO_DISKS),
    )
    size = MetricFamily("itmsctl_filesystem_size_bytes", "Size of all local file systems.")
    free = MetricFamily("itmsctl_filesystem_free_bytes", "What is free on all local file systems.")
    sums = sa.select(sa.func.sum(disk.c.size_bytes), sa.func.sum(disk.c.free_bytes)).where(*local)
    total, left = fleet.reader.connection.execute(sums).one()
    if total is not None:
        size.add(float(total))
        free.add(float(left))
    low = MetricFamily(
        "itmsctl_filesystem_low_computers",
        "Computers with a local file system of which less than this percent is free.",
    )
    for percent in _BELOW:
        little = disk.c.free_bytes * 100 < disk.c.size_bytes * percent
        count = sa.select(sa.func.count(sa.distinct(disk.c.computer_id))).where(*local, little)
        low.add(float(fleet.reader.scalar(count)), below=percent)
    yield from (size, free, low)


def _certificates(fleet: _Fleet) -> Iterator[MetricFamily]:
    """Yield when certificates end that a computer shows itself; those that it only trusts end for everybody at once."""
    one, now = _rows_of("certificates"), fleet.reader.now
    own = sa.or_(one.c.has_private_key.is_(True), sa.func.coalesce(one.c.is_ca, sa.true()).is_(False))
    mine = (fleet.of(one.c.computer_id), own, one.c.not_after.is_not(None))
    counts = MetricFamily(
        "itmsctl_certificates_ending",
        "Certificates, but those that sign others, that end within this time; 0d: that have ended.",
    )
    columns = [_sum(one.c.not_after <= now + timedelta(days=days)) for days in (0, *_WITHIN.values())]
    found = fleet.reader.connection.execute(sa.select(*columns, sa.func.count()).where(*mine)).one()
    if found[-1]:
        for label, count in zip(("0d", *_WITHIN, "ever"), found, strict=True):
            counts.add(float(count or 0), within=label)
    first = fleet.reader.scalar(sa.select(sa.func.min(one.c.not_after)).where(*mine, one.c.not_after > now))
    next_ = MetricFamily("itmsctl_certificate_next_end_timestamp_seconds", "When the next of them ends.")
    if first is not None:
        next_.add(int(first.timestamp()))
    yield from (counts, next_)


def _software(fleet: _Fleet, products: Sequence[str]) -> MetricFamily:
    rows = _rows_of("software")
    by = (sa.func.lower(rows.c.name), rows.c.version)
    counted = sa.func.count(sa.distinct(rows.c.computer_id))
    statement = sa.select(*by, counted).where(fleet.of(rows.c.computer_id)).group_by(*by)
    name, text = "itmsctl_software_computers", "Computers that have a product in a version."
    family = MetricFamily(name, text)
    for product in dict.fromkeys(one.strip().lower() for one in products):
        of = statement.where(sa.func.lower(rows.c.name) == product)
        one = counted_family(name, text, fleet.counts(of, "name", "version"), _VERSIONS)
        for labels, value in one.values.items():
            family.add(value, **{**dict(labels), "name": product})
    return family


def _rows_of(name: str) -> sa.TableClause:
    """Return the documented view of a class, which is the same wherever its columns are kept."""
    columns = [sa.column(sa.quoted_name(one.name, quote=True), sql_type(one)) for one in data_class(name).columns]
    return sa.table(view_of_class(name), sa.column("computer_id", sa.Integer()), *columns)


def _sum(condition_: sa.ColumnElement[bool]) -> sa.ColumnElement[Any]:
    return sa.func.sum(sa.case((condition_, 1), else_=0))


def _word(value: Any) -> str:
    return "true" if value else "false"
