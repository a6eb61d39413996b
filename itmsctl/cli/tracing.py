"""What `--debug` tells on stderr: where settings come from, and the statements that the database was asked.

Never a value: of settings what may be written down, of statements the text, in which values have places only.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from itmsctl import __version__

if TYPE_CHECKING:
    from itmsctl.cli.context import Context
    from itmsctl.cmdb.store import Store


def trace(context: Context, text: str) -> None:
    """Write a line to stderr where `--debug` was given; of a statement each run of blanks becomes one."""
    if context.settings.debug:
        context.stderr.write(f"debug: {' '.join(text.split())}\n")


def trace_settings(context: Context, command: str) -> None:
    """Tell which command this is, and each setting that is not at its default, with where it comes from."""
    if context.settings.debug:
        trace(context, f"{command} of itmsctl {__version__}")
        for setting in context.sources.every(str(context.database)):
            if setting["origin"] != "default":
                trace(context, f"{setting['name']} is {setting['value']} by {setting['origin']}")


def trace_statements(context: Context, store: Store) -> None:
    """Tell each statement when it has been run, and how long that took."""
    if not context.settings.debug:
        return
    trace(context, f"the database is {store.place}")
    store.tell_statements(lambda statement, took: trace(context, f"{took * 1000:.1f} ms: {statement}"))
