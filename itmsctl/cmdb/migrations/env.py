"""How alembic runs our migrations: on a connection that is given, each revision in one transaction (F5)."""

from __future__ import annotations

from typing import Any

from alembic import context

from itmsctl.cmdb import defined, views

connection = context.config.attributes["connection"]
newest = context.get_head_revision()


def make_the_rest(step: Any, **_: Any) -> None:
    """Make what no migration does in the transaction that brings the schema to the newest revision."""
    if step.is_upgrade and step.up_revision_id == newest:
        defined.make(connection)
        views.make(connection)


context.configure(
    connection=connection,
    transactional_ddl=True,
    transaction_per_migration=True,
    on_version_apply=make_the_rest,  # type: ignore[arg-type]  # it is called with keywords, and takes those it needs
)
with context.begin_transaction():
    context.run_migrations()
