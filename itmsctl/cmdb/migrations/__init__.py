"""Migrations of the CMDB, run by alembic."""
