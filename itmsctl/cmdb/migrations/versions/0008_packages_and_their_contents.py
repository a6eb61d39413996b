"""packages and their contents.

Revision ID: 0008
Revises: 0007
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from itmsctl.cmdb import views
from itmsctl.cmdb.types import Big, Json, Moment, Text

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    views.drop(op.get_bind())  # they read these tables; the newest revision makes them again
    op.create_table(
        "package",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("guid", Text(), nullable=False),
        sa.Column("name", Text(), nullable=False),
        sa.Column("name_key", Text(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("origin", Text(), nullable=False),
        sa.Column("changed_by", sa.Integer(), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("changed_at", Moment(), nullable=False),
        sa.Column("version", Text(), nullable=True),
        sa.Column("content_revision", sa.Integer(), nullable=True),
        sa.Column("manifest", Text(), nullable=True),
        sa.Column("state", Text(), nullable=True),
        sa.Column("format", Text(), nullable=True),
        sa.Column("architecture", Text(), nullable=True),
        sa.Column("vendor", Text(), nullable=True),
        sa.Column("product_code", Text(), nullable=True),
        sa.Column("size_bytes", Big, nullable=True),
        sa.Column("depends", Json(), nullable=True),
        sa.Column("detect", Text(), nullable=True),
        sa.Column("programs", Json(), nullable=True),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("description", Text(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("guid"),
        sa.UniqueConstraint("name_key"),
    )
    with op.batch_alter_table("package", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_package_manifest"), ["manifest"], unique=False)

    op.create_table(
        "package_revision",
        sa.Column("package_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("manifest", Text(), nullable=False),
        sa.Column("version", Text(), nullable=True),
        sa.Column("size_bytes", Big, nullable=False),
        sa.Column("proposed", Json(), nullable=True),
        sa.Column("imported_at", Moment(), nullable=False),
        sa.ForeignKeyConstraint(["package_id"], ["package.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("package_id", "number"),
    )


def downgrade() -> None:
    views.drop(op.get_bind())
    op.drop_table("package_revision")
    with op.batch_alter_table("package", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_package_manifest"))

    op.drop_table("package")
