"""XML and property lists of strangers: no entity is ever expanded, nothing is fetched, what is broken is nothing."""

from __future__ import annotations

import plistlib
import re
from typing import Any
from xml.etree import ElementTree as Xml

_DECLARES = re.compile(r"<!(?:ENTITY|ELEMENT|ATTLIST|NOTATION)|<!DOCTYPE[^>]*\[")
_DOCTYPE = re.compile(r"<!DOCTYPE[^>\[]*>")
_MOST = 64 << 20
_DEEPEST = 200
_TAG = re.compile(r"<(/?)[A-Za-z][^<>]*?(/?)>")


def _is_tame(text: str) -> bool:
    """Return whether a document declares nothing, is not too long, and is not nested too deep."""
    if len(text) > _MOST or _DECLARES.search(text):
        return False
    depth = 0
    for tag in _TAG.finditer(text):
        depth += -1 if tag[1] else 0 if tag[2] else 1
        if depth > _DEEPEST:
            return False
    return True


def xml_of(text: str) -> Any:
    """Return the root of a document; None for what is no XML, or declares entities."""
    if "<" not in text[:1000] or not _is_tame(text):
        return None
    try:
        return Xml.fromstring(_DOCTYPE.sub("", text).encode("utf-8", "replace"))  # noqa: S314 - as above
    except (Xml.ParseError, ValueError, LookupError):
        return None


def plist_of(text: str) -> Any:
    """Return what a property list holds; None for what is none, or declares entities."""
    if "<plist" not in text[:2000] or not _is_tame(text):
        return None
    try:
        return plistlib.loads(_DOCTYPE.sub("", text).encode("utf-8", "replace"))
    except (
        plistlib.InvalidFileException,
        ValueError,
        LookupError,
        TypeError,
        OverflowError,
        AttributeError,
        Xml.ParseError,
    ):
        return None
    except Exception as error:  # the parser below has an error class of its own
        if type(error).__module__ == "xml.parsers.expat":
            return None
        raise
