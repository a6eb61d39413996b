"""What `--debug` tells on stderr before a command: where its settings come from (`Context.trace`)."""

from __future__ import annotations

from itmsctl import __version__
from itmsctl.cli.context import Context


def trace_settings(context: Context, command: str) -> None:
    """Tell which command this is, and each setting that is not at its default, with where it comes from."""
    if context.settings.debug:
        context.trace(f"{command} of itmsctl {__version__}")
        for setting in context.sources.every(str(context.database)):
            if setting["origin"] != "default":
                context.trace(f"{setting['name']} is {setting['value']} by {setting['origin']}")
