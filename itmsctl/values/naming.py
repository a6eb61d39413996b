"""Which field of an object an error is about, said by whoever reads that field."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from itmsctl.errors import ItmsError


@contextmanager
def naming(field: str, *inside: str | int) -> Iterator[None]:
    """Say of every error of the block that it is about this field, or this part of it (`ItmsError.about`)."""
    try:
        yield
    except ItmsError as error:
        error.about(field, *inside)
        raise
