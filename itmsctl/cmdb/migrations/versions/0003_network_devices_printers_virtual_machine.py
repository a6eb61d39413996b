"""Network devices, printers, virtual machines and applications.

Revision ID: 0003
Revises: 0002
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from itmsctl.cmdb import views
from itmsctl.cmdb.types import Json, Moment, Text

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    views.drop(op.get_bind())  # they read these tables; the newest revision makes them again
    op.create_table(
        "application",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("vendor", Text(), nullable=True),
        sa.Column("product", Text(), nullable=True),
        sa.Column("version", Text(), nullable=True),
        sa.Column("owner", Text(), nullable=True),
        sa.Column("criticality", Text(), nullable=True),
        sa.Column("url", Text(), nullable=True),
        sa.Column("description", Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["id"],
            ["resource.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "network_device",
        sa.Column("address", Json(), nullable=True),
        sa.Column("mac", Json(), nullable=True),
        sa.Column("serial", Text(), nullable=True),
        sa.Column("vendor", Text(), nullable=True),
        sa.Column("model", Text(), nullable=True),
        sa.Column("firmware", Text(), nullable=True),
        sa.Column("location", Text(), nullable=True),
        sa.Column("contact", Text(), nullable=True),
        sa.Column("status", Text(), nullable=True),
        sa.Column("description", Text(), nullable=True),
        sa.Column("last_seen", Moment(), nullable=True),
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("device_type", Text(), nullable=True),
        sa.Column("object_id", Text(), nullable=True),
        sa.Column("system_name", Text(), nullable=True),
        sa.Column("system_description", Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["id"],
            ["resource.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "printer",
        sa.Column("address", Json(), nullable=True),
        sa.Column("mac", Json(), nullable=True),
        sa.Column("serial", Text(), nullable=True),
        sa.Column("vendor", Text(), nullable=True),
        sa.Column("model", Text(), nullable=True),
        sa.Column("firmware", Text(), nullable=True),
        sa.Column("location", Text(), nullable=True),
        sa.Column("contact", Text(), nullable=True),
        sa.Column("status", Text(), nullable=True),
        sa.Column("description", Text(), nullable=True),
        sa.Column("last_seen", Moment(), nullable=True),
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("queue", Text(), nullable=True),
        sa.Column("color", sa.Boolean(), nullable=False),
        sa.Column("duplex", sa.Boolean(), nullable=False),
        sa.Column("pages", sa.Integer(), nullable=True),
        sa.Column("object_id", Text(), nullable=True),
        sa.Column("system_description", Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["id"],
            ["resource.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "virtual_machine",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("uuid", Text(), nullable=True),
        sa.Column("hypervisor", Text(), nullable=True),
        sa.Column("state", Text(), nullable=True),
        sa.Column("cpus", sa.Integer(), nullable=True),
        sa.Column("memory_mb", sa.Integer(), nullable=True),
        sa.Column("guest_os", Text(), nullable=True),
        sa.Column("description", Text(), nullable=True),
        sa.Column("last_seen", Moment(), nullable=True),
        sa.ForeignKeyConstraint(
            ["id"],
            ["resource.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("association", schema=None) as batch_op:
        batch_op.create_index("ix_association_from", ["from_id", "type_id"], unique=False)


def downgrade() -> None:
    views.drop(op.get_bind())
    with op.batch_alter_table("association", schema=None) as batch_op:
        batch_op.drop_index("ix_association_from")

    op.drop_table("virtual_machine")
    op.drop_table("printer")
    op.drop_table("network_device")
    op.drop_table("application")
