"""The data classes there are: those that come with the program."""

from __future__ import annotations

from typing import Any

from itmsctl.cmdb.work import Reader
from itmsctl.documents.faults import reading
from itmsctl.documents.yaml_reader import read_yaml
from itmsctl.errors import FileFormatError, NotFoundError
from itmsctl.inventory.asking import view_of_class
from itmsctl.inventory.catalogue import definitions, file_of
from itmsctl.inventory.definition import DataClass
from itmsctl.inventory.service.own_definitions import own_definitions
from itmsctl.inventory.service.reading import class_of
from itmsctl.values.names import did_you_mean

SHIPPED, OWN = "shipped", "own"


def read_class(data: bytes, file: str) -> DataClass:
    """Return the data class that a file defines. Raises FileFormatError with file, line and column."""
    documents = list(read_yaml(data, file))
    if len(documents) != 1:
        found = "nothing" if not documents else f"{len(documents)} documents"
        raise FileFormatError(f"{file}: one data class is expected, {found} found", hint="one class a file")
    return class_of(documents[0])


def data_class(name: str) -> DataClass:
    """Return a class by its name. Raises NotFoundError that offers a near name."""
    found = definitions().get(plain_name(name))
    if found is None:
        hint = did_you_mean(plain_name(name), definitions()) or "itmsctl data-class list"
        raise NotFoundError(f"no data class `{name}`", hint=hint)
    return found


def class_in(reader: Reader, name: str) -> DataClass:
    """Return a class by its name: one of the program, or of this CMDB. Raises NotFoundError that offers a near name."""
    return classes_in(reader).get(plain_name(name)) or data_class(name)


def classes_in(reader: Reader) -> dict[str, DataClass]:
    """Return the classes of the program and of this CMDB by name."""
    return {**definitions(), **{one.name: one for one in own_definitions(reader.connection)}}


def own_names(reader: Reader) -> frozenset[str]:
    """Return the names of the classes that administrators added."""
    return frozenset(one.name for one in own_definitions(reader.connection))


def plain_name(name: str) -> str:
    """Return the name of a class however it was typed."""
    return name.strip().lower().replace("-", "_")


def every_class() -> tuple[DataClass, ...]:
    """Return all classes by name."""
    return tuple(definitions().values())


def written_class(name: str) -> DataClass:
    """Return a class as its own file defines it, from which the index is made."""
    file = file_of(name)
    with reading(str(file)):
        return read_class(file.read_bytes(), file.name)


def listed(reader: Reader, system: str | None = None) -> list[dict[str, Any]]:
    """Return a row for each class, or for each that an operating system can feed; those of the CMDB come first."""
    return [
        _row(one, origin) | {"columns": len(one.columns)}
        for origin, classes in ((OWN, own_definitions(reader.connection)), (SHIPPED, every_class()))
        for one in classes
        if system is None or system in one.systems
    ]


def shown(reader: Reader, name: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return what a class is, and its columns. Raises NotFoundError."""
    one = class_in(reader, name)
    origin = SHIPPED if one.name in definitions() else OWN
    columns = [
        {
            "name": column.name,
            "type": column.type.value,
            "unit": column.unit or None,
            "key": column.name in one.key,
            "volatile": column.is_volatile,
            "filter": column.is_filter,
            "shared": column.is_shared,
            "help": column.help,
        }
        for column in one.columns
    ]
    return _row(one, origin), {"columns": columns}


def _row(one: DataClass, origin: str) -> dict[str, Any]:
    return {
        "name": one.name,
        "help": one.help,
        "rows": "many" if one.is_multi else "one",
        "key": list(one.key),
        "volatile": list(one.volatile),
        "systems": list(one.systems),
        "view": view_of_class(one.name),
        "origin": origin,
    }
