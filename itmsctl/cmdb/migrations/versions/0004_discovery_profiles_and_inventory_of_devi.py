"""discovery profiles, and inventory of devices beside computers.

Revision ID: 0004
Revises: 0003
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from itmsctl.cmdb import views
from itmsctl.cmdb.types import Json, Moment, Text

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    views.drop(op.get_bind())  # they read these tables; the newest revision makes them again
    op.create_table(
        "discovery_profile",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("guid", Text(), nullable=False),
        sa.Column("name", Text(), nullable=False),
        sa.Column("name_key", Text(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("origin", Text(), nullable=False),
        sa.Column("changed_by", sa.Integer(), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("changed_at", Moment(), nullable=False),
        sa.Column("methods", Json(), nullable=True),
        sa.Column("ports", Json(), nullable=True),
        sa.Column("snmp_port", sa.Integer(), nullable=True),
        sa.Column("timeout_s", sa.Float(), nullable=True),
        sa.Column("retries", sa.Integer(), nullable=True),
        sa.Column("rate", sa.Float(), nullable=True),
        sa.Column("parallel", sa.Integer(), nullable=True),
        sa.Column("description", Text(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("guid"),
        sa.UniqueConstraint("name_key"),
    )
    op.create_table(
        "discovery_profile_credential",
        sa.Column("profile_id", sa.Integer(), nullable=False),
        sa.Column("credential_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["credential_id"],
            ["credential.id"],
        ),
        sa.ForeignKeyConstraint(["profile_id"], ["discovery_profile.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("profile_id", "credential_id"),
    )
    refer_to("resource")


def refer_to(table: str) -> None:
    """Have `inventory_computer` refer to a table: inventory is held of other resources than computers too."""
    if op.get_bind().dialect.name == "postgresql":
        op.drop_constraint("inventory_computer_computer_id_fkey", "inventory_computer", type_="foreignkey")
        op.create_foreign_key(None, "inventory_computer", table, ["computer_id"], ["id"], ondelete="CASCADE")
        return
    names = {"fk": "%(table_name)s_%(column_0_name)s_fkey"}
    with op.batch_alter_table("inventory_computer", naming_convention=names) as batch:
        batch.drop_constraint("inventory_computer_computer_id_fkey", type_="foreignkey")
        batch.create_foreign_key(
            "inventory_computer_computer_id_fkey", table, ["computer_id"], ["id"], ondelete="CASCADE"
        )


def downgrade() -> None:
    views.drop(op.get_bind())
    refer_to("computer")
    op.drop_table("discovery_profile_credential")
    op.drop_table("discovery_profile")
