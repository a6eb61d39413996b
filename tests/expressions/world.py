"""A small world of classes of every shape, with its tables, for both engines."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import sqlalchemy as sa

from itmsctl.expressions.dialects import StoredMoment
from itmsctl.expressions.registry import Registry
from itmsctl.values.kind import FilterClass, FilterField, Type

NOW = datetime(2026, 6, 15, 12, 30, 15, 123456, tzinfo=UTC)

CLASSES = (
    FilterClass(
        name="computer",
        table="t_computer",
        key="id",
        help="the computer",
        fields=(
            FilterField("name", Type.TEXT, "name"),
            FilterField("os_family", Type.TEXT, "family", column="family"),
            FilterField("guid", Type.GUID, "guid"),
            FilterField("port", Type.INT, "port"),
            FilterField("load", Type.REAL, "load"),
            FilterField("managed", Type.BOOL, "managed"),
            FilterField("last_seen", Type.TIME, "last seen"),
            FilterField("created_at", Type.TIME, "created"),
        ),
    ),
    FilterClass(
        name="addresses",
        table="t_address",
        key="computer_id",
        help="addresses",
        multi=True,
        any_fields=(("address", "address"), ("zone", "zone")),
        fields=(FilterField("address", Type.ADDRESS, "address"), FilterField("zone", Type.TEXT, "zone")),
    ),
    FilterClass(
        name="tags",
        table="t_tag",
        key="resource_id",
        help="tags",
        multi=True,
        map_key="key",
        map_value="value",
        fields=(FilterField("key", Type.TEXT, "key"), FilterField("value", Type.TEXT, "value")),
    ),
    FilterClass(
        name="os",
        table="t_os",
        key="computer_id",
        help="operating system",
        collected="os_at",
        fields=(
            FilterField("name", Type.TEXT, "name"),
            FilterField("build", Type.INT, "build"),
            FilterField("installed", Type.TIME, "installed"),
        ),
    ),
    FilterClass(
        name="software",
        table="t_software",
        key="computer_id",
        help="software",
        multi=True,
        collected="software_at",
        any_fields=(("product", "name"),),
        fields=(
            FilterField("name", Type.TEXT, "name"),
            FilterField("size", Type.INT, "size"),
            FilterField("signed", Type.BOOL, "signed"),
            FilterField("installed", Type.TIME, "installed"),
        ),
    ),
    FilterClass(
        name="firmware",
        table="t_firmware",
        key="computer_id",
        help="a class of inventory with one row",
        collected_in="t_state",
        fields=(
            FilterField("version", Type.VERSION, "version", order="version_key"),
            FilterField("maker", Type.TEXT, "maker"),
            FilterField("volts", Type.REAL, "volts"),
        ),
    ),
    FilterClass(
        name="packages",
        table="t_package",
        key="computer_id",
        help="a class of inventory with many rows",
        multi=True,
        collected_in="t_state",
        fields=(
            FilterField("name", Type.TEXT, "name"),
            FilterField("version", Type.VERSION, "version", order="version_key"),
            FilterField("newest", Type.VERSION, "newest version", order="newest_key"),
            FilterField("origin", Type.ADDRESS, "address", column="origin_key"),
            FilterField("held", Type.BOOL, "held back"),
        ),
    ),
)
REGISTRY = Registry(CLASSES)

metadata = sa.MetaData()


class CodePoint(sa.types.TypeDecorator[str]):
    """Text with the collation of the project's tables."""

    impl = sa.Text
    cache_ok = True

    def load_dialect_impl(self, dialect):
        return dialect.type_descriptor(sa.Text(collation="C") if dialect.name == "postgresql" else sa.Text())


def _text(name: str) -> sa.Column[str]:
    # Some columns without a collation of their own, as a view may lose it.
    return sa.Column(name, sa.Text if name in {"zone", "value"} else CodePoint)


resource = sa.Table("t_resource", metadata, sa.Column("id", sa.Integer, primary_key=True))
computer = sa.Table(
    "t_computer",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    _text("name"),
    _text("family"),
    _text("guid"),
    sa.Column("port", sa.Integer),
    sa.Column("load", sa.Double),
    sa.Column("managed", sa.Boolean),
    sa.Column("last_seen", StoredMoment),
    sa.Column("created_at", StoredMoment),
    sa.Column("os_at", StoredMoment),
    sa.Column("software_at", StoredMoment),
)
address = sa.Table(
    "t_address",
    metadata,
    sa.Column("computer_id", sa.Integer, index=True),
    sa.Column("address", sa.LargeBinary),
    _text("zone"),
)
tag = sa.Table(
    "t_tag",
    metadata,
    sa.Column("resource_id", sa.Integer, primary_key=True),
    sa.Column("key", CodePoint, primary_key=True),
    _text("value"),
)
os_ = sa.Table(
    "t_os",
    metadata,
    sa.Column("computer_id", sa.Integer, primary_key=True),
    _text("name"),
    sa.Column("build", sa.Integer),
    sa.Column("installed", StoredMoment),
)
software = sa.Table(
    "t_software",
    metadata,
    sa.Column("computer_id", sa.Integer, index=True),
    _text("name"),
    sa.Column("size", sa.Integer),
    sa.Column("signed", sa.Boolean),
    sa.Column("installed", StoredMoment),
)
state = sa.Table(
    "t_state",
    metadata,
    sa.Column("computer_id", sa.Integer, primary_key=True),
    sa.Column("class_name", CodePoint, primary_key=True),
    sa.Column("collected_at", StoredMoment),
)
firmware = sa.Table(
    "t_firmware",
    metadata,
    sa.Column("computer_id", sa.Integer, primary_key=True),
    _text("version"),
    sa.Column("version_key", sa.Text),
    _text("maker"),
    sa.Column("volts", sa.Double),
)
package = sa.Table(
    "t_package",
    metadata,
    sa.Column("computer_id", sa.Integer, index=True),
    _text("name"),
    _text("version"),
    sa.Column("version_key", sa.Text),
    _text("newest"),
    sa.Column("newest_key", sa.Text),
    sa.Column("origin_key", sa.LargeBinary),
    sa.Column("held", sa.Boolean),
)
TABLES = {
    "computer": computer,
    "addresses": address,
    "tags": tag,
    "os": os_,
    "software": software,
    "firmware": firmware,
    "packages": package,
}


def fill(connection: sa.Connection, world: dict[str, list[dict]]) -> None:
    """Replace all rows; `world` is rows by table name, `t_resource` included."""
    for table in reversed(metadata.sorted_tables):
        connection.execute(table.delete())
        for row in world.get(table.name, ()):
            connection.execute(table.insert(), row)


def ago(**parts: int) -> datetime:
    """Return a moment before NOW."""
    return NOW - timedelta(**parts)
