"""What each option and argument can be completed with: by its flag, by the field that it sets, or by its metavar.

A test walks all verbs: what is found here by none of the three is named there, so that no new option is forgotten.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, cast

import typer

from itmsctl.cli import typed_line
from itmsctl.cli.complete import ASKED_BY_SHELL, ask, names_of, stand_in_for_services
from itmsctl.cli.configuration import CHOICES
from itmsctl.cli.context import Context
from itmsctl.values.kind import Field, Kind, Type, house

Offer = Callable[[typer.Context, str], Iterable[str]]


def files(_: typer.Context, __: str) -> list[str]:
    """Return names of files: the shell does that itself."""
    return []


def free(_: typer.Context, __: str) -> list[str]:
    """Return nothing: the value is a number or a text of the person's own."""
    return []


def words(*known: str) -> Offer:
    """Return what offers some words."""
    return lambda _, start: [word for word in known if word.startswith(start)]


def in_list(known: Callable[[typer.Context], Sequence[str]]) -> Offer:
    """Return what offers the next of several words with commas between them."""

    def offer(ctx: typer.Context, start: str) -> list[str]:
        before, comma, _ = start.rpartition(",")
        taken = before.split(",")
        whole = [before + comma + word for word in known(ctx) if word not in taken]
        return [word for word in whole if word.startswith(start)]

    return offer


def zones(*others: str) -> Offer:
    """Return what offers the time zones of this machine, and what else may be said in their place."""

    def offer(_: typer.Context, start: str) -> list[str]:
        from zoneinfo import available_timezones

        return sorted(name for name in (*available_timezones(), *others) if name.startswith(start))

    return offer


def runs(ctx: typer.Context, start: str) -> list[str]:
    """Return runs, the newest first."""
    found = ask(ctx, "SELECT 'R-' || number FROM run ORDER BY number DESC LIMIT {limit}")
    return [name for name in found if name.startswith(start.upper())]


def apply_sets(ctx: typer.Context, start: str) -> list[str]:
    """Return apply sets."""
    return [
        name for name in ask(ctx, "SELECT name FROM apply_set ORDER BY name LIMIT {limit}") if name.startswith(start)
    ]


def agents(ctx: typer.Context, start: str) -> list[str]:
    """Return agents, those that wait to be taken on too."""
    found = ask(ctx, "SELECT name FROM agent ORDER BY name LIMIT {limit}")
    return [name for name in found if name.startswith(start)]


def selectors(ctx: typer.Context, start: str) -> list[str]:
    """Return what picks computers: targets, filters, groups."""
    return [name for kind in ("target", "filter", "group") for name in names_of(kind)(ctx, start)]


def _types_above(ctx: typer.Context, start: str) -> list[str]:
    """Return what a type of resources may stand under."""
    return [*words("device", "resource")(ctx, start), *names_of("resource-type")(ctx, start)]


def _named_before(ctx: typer.Context, start: str) -> list[str]:
    return names_of(str(ctx.params.get("noun")))(ctx, start)


def _columns(ctx: typer.Context) -> list[str]:
    columns = getattr(ctx.command.callback, "columns", ())
    return list(dict.fromkeys(["name", "id", *(column.name for column in columns)]))


def _sortable(ctx: typer.Context, start: str) -> list[str]:
    kind = _kind_of(_path(ctx)[0])
    own = [] if kind is None or kind.typed else [field.name for field in kind.fields if field.column_name]
    known = _columns(ctx) if kind is None else dict.fromkeys(["name", *own, "revision", "created_at", "changed_at"])
    return [name for name in known if name.startswith(start)]


def _emptied(ctx: typer.Context, start: str) -> list[str]:
    kind = _kind_of(_path(ctx)[0])
    names = [field.flag[2:] for field in kind.admin_fields if not field.required] if kind else []
    return [name for name in names if name.startswith(start)]


def _objects(ctx: typer.Context, start: str) -> list[str]:
    """Return objects as KIND/NAME: first the kinds."""
    kind, slash, name = start.partition("/")
    if not slash:
        return [f"{one}/" for one in _nouns(ctx, kind)]
    return [f"{kind}/{one}" for one in names_of(kind)(ctx, name)]


def _opened(ctx: typer.Context, start: str) -> list[str]:
    kind = house().kind(str(ctx.params.get("name")).partition("/")[0])
    may = kind.replication.editable if kind is not None and kind.replication is not None else ()
    return [name for name in may if name.startswith(start)]


def _nouns(_: typer.Context, start: str) -> list[str]:
    return [kind.name for kind in house().kinds() if kind.name.startswith(start)]


def _views(_: typer.Context, start: str) -> list[str]:
    from itmsctl.values.view import every_view

    return [view.name for view in every_view() if view.is_documented and view.name.startswith(start)]


_SPECIAL: dict[tuple[str, str], Offer] = {  # (verb, flag or argument)
    ("history", "name"): _named_before,
    ("apply-set show", "name"): apply_sets,
    ("apply-set remove", "name"): apply_sets,
    ("membership set", "kind"): words("complete", "delta", "policy"),
    ("report views", "view"): _views,
    ("resource-type add", "--parent"): _types_above,
    ("resource-type set", "--parent"): _types_above,
    ("schedule raise", "name"): free,
    ("schedule install", "--name"): free,
    ("hierarchy conflicts", "action"): words("resolve"),
    ("hierarchy conflicts", "--keep"): words("ours", "theirs"),
    ("hierarchy editable", "--field"): _opened,
    ("replication events", "--state"): words("succeeded", "failed", "timed_out", "unreachable", "cancelled", "expired"),
    ("inventory export", "--format"): words("csv", "glpi", "prometheus"),
    ("inventory export", "--software"): free,
    ("metering events", "--program"): free,
    ("metering run", "--accounting"): free,
    ("metering run", "--audit"): free,
    ("metering usage", "--program"): free,
    ("package import", "--name"): free,
    ("package program", "which"): words("install", "upgrade", "repair", "uninstall"),
    ("package program", "--reboot"): words("never", "if-asked", "always"),
    ("package push", "--cache"): free,
    ("package push", "--program"): words("install", "upgrade", "repair", "uninstall"),
    ("package push", "--reboot"): words("never", "if-asked", "always"),
    ("package push", "--via"): words("ssh", "openssh", "smb", "local"),
    ("package-catalogue set", "--approval"): words("off", "steps", "people"),
    ("package-key make", "name"): free,
    ("package-key make", "--role"): words("root", "targets", "snapshot", "timestamp"),
    ("package-key make", "--to"): words("file", "vault"),
    ("package-key retire", "name"): free,
    ("package-key rotate", "name"): free,
    ("package-key rotate", "--new-name"): free,
    ("package-key rotate", "--to"): words("file", "vault"),
}
_FLAGS: dict[str, Offer] = {
    "--output": words(*CHOICES["output"]),
    "--color": words(*CHOICES["color"]),
    "--progress": words(*CHOICES["progress"]),
    "--error-format": words("text", "json"),
    "--db": files,
    "--cmdb": files,
    "--fields": in_list(_columns),
    "--sort": _sortable,
    "--unset": _emptied,
    "--profile": names_of("profile"),
    "--computer": names_of("computer"),
    "--server": names_of("management-server"),
    "--set": apply_sets,
    "--noun": _nouns,
    "--transport": words("ssh", "openssh", "smb", "local"),
    "--interpreter": words("sh", "bash", "python", "powershell"),
    "--on-error": words("collect", "skip", "abort"),
    "--empty": words("keep", "clear"),
    "--only": words("integrity", "leftovers", "indexes", "space", "statistics"),
    "--as": words("failed", "succeeded"),
    "--severity": words("error", "warning", "info"),
    "--tasks": words("heavy", "normal"),
    "--encoding": free,
}
_METAVARS: dict[str, Offer] = {
    "AGENT": agents,
    "AGENT...": agents,
    "[DIR]...": files,
    "DIR": files,
    "PLACE": files,
    "FILE": files,
    "FILE|DIR": files,
    "FILE|DIR|-": files,
    "FILE|FOLDER": files,
    "URL|FOLDER": files,
    "FOLDER": files,
    "PLAN": files,
    "RUN": runs,
    "COMPUTER": names_of("computer"),
    "DEVICE": names_of("network-device"),
    "SITE": names_of("site"),
    "CIDR": names_of("subnet"),
    "TARGET": selectors,
    "X": selectors,
    "NOUN": _nouns,
    "KIND/NAME": _objects,
    "SERVER": names_of("management-server"),  # whoever is linked has its management server
    "USER@HOST": free,
}
_FREE = frozenset({
    "ADDRESS", "CHANGESET", "CIDR|HOST", "CLASS=TIME", "CODE=MEANING", "CODES", "COMMAND", "DATE", "EXPR",
    "FINGERPRINT", "FROM TO",
    "HEADER=COLUMN", "HEADER=FIELD", "HOST", "ID", "ID[:OBJECT]", "K", "KEY", "KEY=N", "KEY=VALUE", "LOSER", "MB",
    "N", "N,N", "N|P%", "NAME=VALUE", "NAME[:COUNT]", "NAME|NUMBER", "NAME[:TYPE][=DEFAULT]", "NEW", "P%", "PART",
    "PATTERN", "PCT", "QUERY", "ROLE", "ROWS[,COLUMNS]", "RULE", "SECONDS", "SELECT", "SEQ", "SHA256:...", "SHARES",
    "SIZE", "SIZES", "TAGS", "TEXT", "TIME", "TOKEN", "U", "URL", "USER", "WHAT:COLUMN", "WHEN",
})  # fmt: skip


def offer_of(path: Sequence[str], parameter: Any) -> Offer | None:
    """Return what completes an option or argument of a verb; None where nobody has said it."""
    own = getattr(parameter, "_custom_shell_complete", None)
    if own is not None:
        return lambda ctx, start: own(ctx, parameter, start)
    flag = next((name for name in parameter.opts if name.startswith("--")), parameter.opts[-1])
    special = _SPECIAL.get((" ".join(path), flag))
    if special is not None:
        return special
    kind, metavar = _kind_of(path[0]), _bare(parameter.metavar or "")
    field = _field(kind, flag) if kind else None
    if field is not None:
        return _of_field(field)
    if kind and metavar == "NAME" and parameter.param_type_name == "argument":
        return free if path[-1] == "add" else names_of(kind.name)
    found = _FLAGS.get(flag) or _METAVARS.get(metavar)
    return found or (free if metavar in _FREE or parameter.type_descriptor.annotation in {int, float} else None)


def offered(ctx: typer.Context, parameter: Any, start: str) -> tuple[bool, list[str]]:
    """Return whether names of files complete a parameter, and else the words that do."""
    offer = offer_of(_path(ctx), parameter) or free
    return offer is files, [str(getattr(value, "value", value)) for value in offer(ctx, start)]


def _bare(metavar: str) -> str:
    return metavar[1:-1] if metavar.startswith("[") and metavar.endswith("]") else metavar


def _path(ctx: typer.Context) -> list[str]:
    return ctx.command_path.split()[1:] or [""]


def _kind_of(group: str) -> Kind | None:
    return house().kind(group)


def _field(kind: Kind, flag: str) -> Field | None:
    single = "--" + flag.removeprefix("--add-").removeprefix("--remove-").removeprefix("--")
    return next((field for field in kind.admin_fields if field.flag in {flag, single}), None)


def _of_field(field: Field) -> Offer:
    if field.choices:
        return words(*field.choices)
    if field.ref:
        return names_of(field.ref)
    if field.selects:
        return selectors
    if field.form == "zone":
        return zones()
    if field.name == "time_zone":  # of a schedule
        return zones("server", "computer", "utc")
    is_file = field.name.endswith(("_file", "_files")) and field.type in {Type.TEXT, Type.LIST}
    return files if is_file else free


def tell_shell(root: Any, context: Context) -> None:
    """Write what may come where the cursor of a shell is; nothing where that cannot be found out."""
    stand_in_for_services()
    asked = context.environment
    typed = typed_line.read(asked.get("_ITMSCTL_LINE", ""))
    try:
        kind, found = _offered(root, context, list(typed.words[1:]), typed.last)
    except Exception:  # noqa: BLE001 - a shell that completes must never see an error of ours
        kind, found = typed_line.WORDS, []
    shell = asked[ASKED_BY_SHELL].removeprefix("complete_")
    for line in typed_line.written(shell, typed, kind, found, asked.get("_ITMSCTL_WORD", typed.raw)):
        context.stdout.write(line + "\n")


def _offered(root: Any, context: Context, args: list[str], start: str) -> tuple[str, list[tuple[str, str]]]:
    # The parser knows which option or argument is next; how that reads in a shell it does not tell.
    from typer._click import shell_completion as parser

    ctx = parser._resolve_context(root, {"obj": context}, "itmsctl", args)  # noqa: SLF001 - it has no public name
    asked, start = parser._resolve_incomplete(ctx, args, start)  # noqa: SLF001 - as above
    if hasattr(asked, "opts"):
        is_file, known = offered(cast("typer.Context", ctx), asked, start)
        return typed_line.FILES if is_file else typed_line.WORDS, [(word, "") for word in known]
    return typed_line.WORDS, [(item.value, item.help or "") for item in asked.shell_complete(ctx, start)]
