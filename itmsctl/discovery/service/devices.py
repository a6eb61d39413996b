"""A device by its name, of whatever kind it is."""

from __future__ import annotations

from itmsctl.cmdb.doc import Doc
from itmsctl.cmdb.work import Reader
from itmsctl.discovery.service.known import KINDS
from itmsctl.errors import AmbiguousNameError, NotFoundError


def device_named(reader: Reader, name: str) -> Doc:
    """Return the computer, network device or printer of a name or GUID. Raises NotFoundError, AmbiguousNameError."""
    found: list[tuple[str, Doc]] = [
        (kind.name, doc) for kind in KINDS if (doc := kind.load_shelf().find(reader, name)) is not None
    ]
    if not found:
        kinds = ", ".join(f"itmsctl {kind.name} list" for kind in KINDS)
        raise NotFoundError(f"no device `{name}`", hint=f"look in: {kinds}")
    if len(found) > 1:
        one, other = found[0][0], found[1][0]
        raise AmbiguousNameError(f"`{name}` is the name of a {one} and of a {other}", hint="give its GUID")
    return found[0][1]
