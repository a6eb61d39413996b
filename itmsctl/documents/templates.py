"""Text from the templates of the program: `templates/` of the repository, inside the package when installed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

_PACKAGE = Path(__file__).resolve().parent.parent


def folders() -> list[Path]:
    """Return where templates are."""
    return [folder for folder in (_PACKAGE / "templates", _PACKAGE.parent / "templates") if folder.is_dir()]


def names(folder: str) -> dict[str, Path]:
    """Return the files of a folder of templates by their names without an ending, in the order of names."""
    paths = {path.stem: path for place in folders() for path in (place / folder).glob("*.*")}
    return dict(sorted(paths.items()))


def texts(folder: str) -> dict[str, str]:
    """Return the texts of a folder of templates by their names without an ending, in the order of names."""
    return {name: path.read_text(encoding="utf-8") for name, path in names(folder).items()}


def render(name: str, /, **values: Any) -> str:
    """Return the text of a template, such as `systemd/itmsctl-tick.timer`. A value that is missing is a bug.

    Values are escaped in a template whose name ends in `.html`, but for those that are HTML by their own `__html__`.
    """
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    loader = FileSystemLoader(folders())
    environment = Environment(
        loader=loader, undefined=StrictUndefined, keep_trailing_newline=True, autoescape=name.endswith(".html")
    )
    return environment.get_template(f"{name}.j2").render(**values)
