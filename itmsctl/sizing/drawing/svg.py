"""SVG text whose parts are escaped where they are made."""

from __future__ import annotations

from html import escape


class Svg(str):
    """Text that is SVG already: it is not escaped again, here or in a template."""

    __slots__ = ()

    def __html__(self) -> str:
        return self


def element(tag: str, *inside: str, **attributes: str | float | None) -> Svg:
    """Return an element; plain text inside is escaped. `class_` is `class`, `font_size` is `font-size`.

    Numbers are written with at most two digits after the point; an attribute of none is left out.
    """
    said = "".join(
        f' {name.rstrip("_").replace("_", "-")}="{_value(value)}"'
        for name, value in attributes.items()
        if value is not None
    )
    content = "".join(part if isinstance(part, Svg) else escape(part) for part in inside)
    return Svg(f"<{tag}{said}>{content}</{tag}>" if content else f"<{tag}{said}/>")


def together(*parts: str) -> Svg:
    """Return parts one after the other."""
    return Svg("".join(part if isinstance(part, Svg) else escape(part) for part in parts))


def picture(width: float, height: float, title: str, text: str, *inside: Svg, key: str, class_: str = "") -> Svg:
    """Return a whole picture with a title and a description that readers of screens are told; `key` is its own id."""
    return element(
        "svg",
        element("title", title, id=f"{key}-title"),
        element("desc", text, id=f"{key}-text"),
        *inside,
        viewBox=f"0 0 {_value(width)} {_value(height)}",
        style=f"max-width:{_value(width)}px",
        role="img",
        aria_labelledby=f"{key}-title {key}-text",
        class_=class_ or None,
    )


def path(points: list[tuple[float, float]], *, closed_at: float | None = None) -> str:
    """Return the commands of a line through points; with `closed_at` of the area down to that height."""
    if not points:
        return ""
    body = "M" + "L".join(f"{_value(x)},{_value(y)}" for x, y in points)
    if closed_at is None:
        return body
    return f"{body}L{_value(points[-1][0])},{_value(closed_at)}L{_value(points[0][0])},{_value(closed_at)}Z"


def _value(value: str | float) -> str:
    if isinstance(value, str):
        return escape(value, quote=True)
    return f"{value:.2f}".rstrip("0").rstrip(".")
