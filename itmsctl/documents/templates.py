"""Text from the templates of the program: `templates/` of the repository, inside the package when installed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

_PACKAGE = Path(__file__).resolve().parent.parent


def render(name: str, /, **values: Any) -> str:
    """Answer the text of a template, such as `systemd/itmsctl-tick.timer`. A value that is missing is a bug."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    folders = [_PACKAGE / "templates", _PACKAGE.parent / "templates"]
    loader = FileSystemLoader([folder for folder in folders if folder.is_dir()])
    environment = Environment(loader=loader, undefined=StrictUndefined, keep_trailing_newline=True)  # noqa: S701 - no HTML
    return environment.get_template(f"{name}.j2").render(**values)
