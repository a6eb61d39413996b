"""Write `docs/reference/`, `docs/man/` and `docs/schema/` from the code; with `--check` only compare.

The words stand in the code (help texts, docstrings, declarations of kinds), the form in `templates/reference/`.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator, Sequence
from inspect import cleandoc
from itertools import groupby
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from itmsctl import errors
from itmsctl.cli.configuration import SETTINGS
from itmsctl.cli.global_options import global_options
from itmsctl.cli.root import build, load_group
from itmsctl.inventory.definition import DataClass
from itmsctl.inventory.endpoint.feed import Feed
from itmsctl.inventory.endpoint.sources import LINUX, NOT_READ
from itmsctl.inventory.endpoint.sources.unix import PLAIN_LINUX, SYSTEMS
from itmsctl.inventory.format import every_format
from itmsctl.inventory.parser import names as parser_names
from itmsctl.inventory.parser import parser
from itmsctl.inventory.service.bundle import windows_sources
from itmsctl.inventory.service.classes import every_class
from itmsctl.plans.schema import schema_of, schema_of_all
from itmsctl.sizing.catalogue import metrics
from itmsctl.sizing.rulebook import rules
from itmsctl.sizing.service.numbers import printed
from itmsctl.tasks.catalogue import every_action
from itmsctl.values.kind import Kind, Owner, house
from itmsctl.values.kind_order import kinds_in_order
from itmsctl.values.view import every_view

COLUMNS = ("linux", "windows", "macos", "bsd", "solaris", "aix", "hpux")
# Classes whose rows on Windows are held against those that the parsers make of the same captures (a test does).
WINDOWS_COMPARED = {
    "operating_system", "processors", "memory_modules", "disks", "filesystems", "graphics_cards", "local_users",
    "network_interfaces", "interface_addresses", "hardware", "software", "patches",
}  # fmt: skip
NAMES = {
    "linux": "Linux", "windows": "Windows", "macos": "macOS", "bsd": "BSD", "solaris": "Solaris", "aix": "AIX",
    "hpux": "HP-UX",
}  # fmt: skip
ROOT = Path(__file__).resolve().parent.parent
PAGES = ROOT / "docs" / "reference"
MANUAL = ROOT / "docs" / "man"
SCHEMAS = ROOT / "docs" / "schema"
TEMPLATES = ROOT / "templates" / "reference"


def main(argv: list[str]) -> int:
    """Write the pages, or compare them; answers 1 where one differs."""
    stale = []
    for path, text in pages():
        if "--check" not in argv:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        elif not path.exists() or path.read_text(encoding="utf-8") != text:
            stale.append(str(path.relative_to(ROOT)))
    for name in stale:
        sys.stderr.write(f"{name} differs from the code. Try: python .ci/reference.py\n")
    return 1 if stale else 0


def pages() -> Iterator[tuple[Path, str]]:
    """Yield every page as it should be."""
    loader = FileSystemLoader(TEMPLATES)
    environment = Environment(loader=loader, undefined=StrictUndefined)  # noqa: S701 - Markdown of our own words
    environment.filters["cell"] = cell
    environment.filters["anchor"] = anchor
    for name, values in CONTENTS.items():
        text = environment.get_template(f"{name}.md.j2").render(**{key: make() for key, make in values.items()})
        yield PAGES / f"{name}.md", re.sub(r"\n{3,}", "\n\n", text).rstrip("\n") + "\n"
    yield from manual(loader)
    schemas = {kind.name: schema_of(kind) for kind in kinds_in_order()} | {"all": schema_of_all(kinds_in_order())}
    for name, schema in schemas.items():
        yield SCHEMAS / f"{name}.json", json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


def manual(loader: FileSystemLoader) -> Iterator[tuple[Path, str]]:
    """Yield the pages of `man`: one for the program, and one for each group."""
    environment = Environment(loader=loader, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)  # noqa: S701 - roff
    environment.filters |= {"roff": roff, "paragraphs": paragraphs}
    every = commands()
    values = {"root": build(), "groups": every, "shared": [parameter(p) for p in global_options()]}
    values |= {"exits": exit_rows(), "settings": SETTINGS}
    yield MANUAL / "itmsctl.1", environment.get_template("itmsctl.1.j2").render(values) + "\n"
    for group in every:
        yield (
            MANUAL / f"itmsctl-{group['name']}.1",
            environment.get_template("itmsctl-noun.1.j2").render(group=group) + "\n",
        )


def roff(text: str) -> str:
    """Return text that roff prints as it is, each line of it."""
    plain = text.replace("\\", "\\e").replace("-", "\\-").replace("'", "\\(aq").replace("`", "\\(ga")
    plain = plain.replace("^", "\\(ha").replace("~", "\\(ti").replace('"', "\\(dq")
    return "\n".join(f"\\&{line}" if line.startswith(".") else line for line in plain.splitlines())


def paragraphs(text: str) -> list[str]:
    """Return the paragraphs of a help text."""
    return [part.strip("\n") for part in cleandoc(text).split("\n\n")]


def cell(text: str) -> str:
    """Return text that stays inside one cell of a Markdown table."""
    return " ".join(text.split()).replace("|", "\\|")


def anchor(text: str) -> str:
    """Return the anchor that Markdown gives a heading."""
    return re.sub(r"[^a-z0-9 -]", "", text.lower()).replace(" ", "-")


# --- what the pages say ----------------------------------------------------------------------------------------------


def every_error() -> list[type[errors.ItmsError]]:
    """Yield every error that a user can meet, by exit status and code."""

    def below(top: type[errors.ItmsError]) -> Iterator[type[errors.ItmsError]]:
        for each in top.__subclasses__():
            yield each
            yield from below(each)

    for group in groups():
        load_group(group["name"])  # a room may hold leaves of its own
    return sorted(set(below(errors.ItmsError)), key=lambda e: (e.exit_status, e.code))


def error_rows() -> list[dict[str, Any]]:
    """Return the rows of the table of errors."""
    return [{"code": e.code, "exit_status": e.exit_status, "text": (e.__doc__ or "").strip()} for e in every_error()]


def exit_rows() -> list[dict[str, Any]]:
    """Return the exit statuses that errors carry."""
    bases = [e for e in errors.ItmsError.__subclasses__() if e.exit_status]
    return [
        {"status": e.exit_status, "text": (e.__doc__ or "").strip()} for e in sorted(bases, key=lambda e: e.exit_status)
    ]


def groups() -> list[dict[str, str]]:
    """Return the command groups by name."""
    return [
        {"name": name, "room": room, "help": group.help} for name, (room, group) in sorted(house().groups().items())
    ]


def commands() -> list[dict[str, Any]]:
    """Return every group with its commands."""
    return [
        {**group, "commands": list(leaves(load_group(group["name"]), ["itmsctl", group["name"]]))} for group in groups()
    ]


def leaves(command: Any, path: list[str]) -> Iterator[dict[str, Any]]:
    """Yield a command, or every one below a group."""
    below = getattr(command, "commands", None)
    if below is not None:
        for name, child in below.items():
            yield from leaves(child, [*path, name])
        return
    shared = {str(p.name) for p in global_options()} | {"help"}
    own = [p for p in command.params if str(p.name) not in shared]
    arguments = [p for p in own if p.param_type_name == "argument"]
    yield {
        "path": " ".join(path),
        "usage": " ".join([*path, *(usage(p) for p in arguments), "[OPTIONS]"]),
        "help": (command.help or "").strip(),
        "parameters": [parameter(p) for p in own],
    }


def usage(argument: Any) -> str:
    """Return an argument as a usage line writes it."""
    name = (argument.metavar or argument.name).upper().strip("[]{}.") + ("..." if argument.nargs != 1 else "")
    return name if argument.required else f"[{name}]"


def parameter(one: Any) -> dict[str, str]:
    """Return how an option or argument is written, and what it is."""
    if one.param_type_name == "argument":
        return {"form": usage(one), "help": one.help or ""}
    value = "" if one.is_flag or one.count else " " + (one.metavar or one.type.name).upper()
    forms = ", ".join(one.opts) + ("/" + ", ".join(one.secondary_opts) if one.secondary_opts else "")
    return {"form": forms + value, "help": one.help or ""}


def kind_rows() -> list[dict[str, Any]]:
    """Return every noun with its fields."""
    return [
        {"name": k.name, "help": k.help, "danger": k.danger.value, "fields": field_rows(k)} for k in house().kinds()
    ]


def field_rows(kind: Kind) -> list[dict[str, str]]:
    """Return the fields of a noun."""
    return [
        {
            "name": field.name,
            "type": f"{field.type.value} of {field.ref}" if field.ref else field.type.value,
            "flag": field.flag if field.owner is Owner.ADMIN else "",
            "owner": field.owner.value,
            "help": field.help + (f" One of {', '.join(field.choices)}." if field.choices else ""),
        }
        for field in kind.fields
    ]


def action_rows() -> list[dict[str, Any]]:
    """Return every kind of task with its arguments."""
    return [
        {
            "name": kind.name,
            "help": kind.help,
            "side": {"client": "each computer", "server": "the machine of the CMDB"}[kind.side],
            "idempotent": kind.idempotent,
            "destructive": kind.destructive,
            "time_limit_s": kind.time_limit_s,
            "arguments": kind.arguments,
        }
        for kind in every_action()
    ]


def view_rows() -> list[Any]:
    """Return the documented views by name."""
    return [view for view in every_view() if view.is_documented]


def parser_rows() -> list[dict[str, Any]]:
    """Return the parsers of inventory with the classes that they feed."""
    found = ((name, parser(name)) for name in parser_names())
    return [{"name": name, "command": one.command, "classes": sorted(one.classes)} for name, one in found]


def source_rows(feeds: Sequence[Feed]) -> list[dict[str, Any]]:
    """Return classes with the files and commands that they are read from, in the order in which they are asked."""
    found: dict[str, dict[str, Any]] = {}
    for feed in feeds:
        for name in feed.classes:
            one = found.setdefault(name, {"name": name, "files": [], "tools": []})
            one["files"] += [f"`{path}`" for path in feed.files]
            one["tools"] += [f"`{' '.join(words)}`" for words in feed.tools]
    for one in found.values():
        one["files"], one["tools"] = list(dict.fromkeys(one["files"])), list(dict.fromkeys(one["tools"]))
    return sorted(found.values(), key=lambda one: str(one["name"]))


def fed_by_system() -> list[dict[str, Any]]:
    """Return each class with how each system feeds it."""
    feeds = {"linux": LINUX, **SYSTEMS}
    read = {system: {name for feed in its for name in feed.classes} for system, its in feeds.items()}
    read["linux"].add("recency")
    windows = {*windows_sources(), "recency"}

    def how(one: DataClass, system: str) -> str:
        if system == "windows" and one.name in windows:
            return "captures" if one.name in WINDOWS_COMPARED else "written"
        if one.name in read.get(system, ()):
            return "yes" if system == "linux" else "captures"
        return "files" if system in one.systems else ""

    return [{"name": one.name, "by": [how(one, system) for system in COLUMNS]} for one in every_class()]


def windows_rows() -> list[dict[str, Any]]:
    """Return the classes that are read on Windows, with their sources."""
    return [{"name": name, "sources": sources} for name, sources in sorted(windows_sources().items())]


def other_systems() -> list[dict[str, Any]]:
    """Return what is read on systems other than Linux, and on a Linux without Python."""
    systems = {"Linux without Python 3.6": PLAIN_LINUX} | {NAMES[name]: feeds for name, feeds in SYSTEMS.items()}
    return [{"name": name, "classes": source_rows(feeds)} for name, feeds in systems.items()]


def format_rows() -> list[dict[str, Any]]:
    """Return the formats of other tools' inventories, with where each part of them goes."""
    return [
        {
            "name": one.name,
            "title": one.title,
            "shape": one.shape,
            "sections": [{"name": name, "classes": list(into)} for name, into in one.sections.items()],
            "left_out": [{"name": name, "why": why} for name, why in one.left_out.items()],
        }
        for one in every_format()
    ]


def metric_roles() -> list[dict[str, Any]]:
    """Return the metrics of sizing by role."""
    grouped = groupby(metrics(printed()), key=lambda metric: metric.role)
    return [{"name": role, "metrics": list(found)} for role, found in grouped]


CONTENTS: dict[str, dict[str, Any]] = {
    "commands": {"groups": commands, "shared": lambda: [parameter(p) for p in global_options()]},
    "errors": {"errors": error_rows},
    "exit-codes": {"rows": exit_rows, "precedence": lambda: errors.PRECEDENCE},
    "fields": {"classes": lambda: house().filter_classes()},
    "environment": {"settings": lambda: SETTINGS},
    "views": {"views": view_rows},
    "kinds": {"kinds": kind_rows},
    "data-classes": {"classes": every_class},
    "inventory-parsers": {"parsers": parser_rows},
    "inventory-sources": {
        "linux": lambda: source_rows(LINUX),
        "not_read": NOT_READ.items,
        "commands": lambda: sorted({" ".join(words) for feed in LINUX for words in feed.tools}),
        "others": other_systems,
        "columns": lambda: [NAMES[system] for system in COLUMNS],
        "fed": fed_by_system,
        "windows": windows_rows,
    },
    "inventory-formats": {"formats": format_rows},
    "task-kinds": {"kinds": action_rows},
    "sizing-rules": {"rules": rules},
    "sizing-metrics": {
        "roles": metric_roles,
        "choices": lambda: printed().choices.values(),
        "tables": lambda: printed().tables.values(),
    },
}

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
