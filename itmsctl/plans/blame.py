"""From what a shelf refuses to the mistake in the document: an error says its field, the document where that stands."""

from __future__ import annotations

import re
from functools import partial

from itmsctl.documents.located import DocumentPlace
from itmsctl.errors import ItmsError
from itmsctl.plans.declared import DeclaredObject
from itmsctl.plans.problems import Problem, taken
from itmsctl.values.kind import Kind

_FLAG = re.compile(r"(?<![\w-])--[a-z][a-z0-9-]*")
_TYPED = "itmsctl "  # a command to type stays as it is


def mistake(one: DeclaredObject, error: ItmsError) -> Problem:
    """Return an error of the shelf as a mistake of a document, in words of documents."""
    return taken(_place(one, error), error, partial(as_fields, one.kind))


def _place(one: DeclaredObject, error: ItmsError) -> DocumentPlace:
    """Return where the part of an object stands that an error names; the object where it does not say that part."""
    field = error.details.get("field")
    if field in one.spec:
        return one.at.part("spec").blamed(error.details)
    return one.place(field) if isinstance(field, str) and one.at.holds(field) else one.place()


def as_fields(kind: Kind, text: str) -> str:
    """Return words about the options of a kind as words about its fields: `--link-kbit` is `link_kbit`."""
    if _TYPED in text:
        return text
    names = {field.flag: field.name for field in kind.admin_fields}
    return _FLAG.sub(lambda found: names.get(found[0], found[0]), text)
