"""The pages of `itmsctl help`: rows of a name and what it means, made from the code wherever the code knows it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from itmsctl import errors
from itmsctl.expressions.registry import Registry

Row = dict[str, str]

_FIXED = {
    0: "Done, or nothing to change.",
    1: "Internal error: a bug. An incident file is written; no traceback is shown.",
    124: "The time limit of --wait is reached; the work goes on.",
    130: "Interrupted; what was started stays resumable, its id is printed.",
    141: "The reader of standard output went away; the work is recorded.",
    143: "Terminated; as 130.",
}
_FORMS = {
    "table": "columns for people, with times in their zone; the default on a terminal; what has no room is named below",
    "wide": "a table with all columns, one line an object, times in UTC",
    "json": "one array of objects; one object for show, which is its default off a terminal; --json is the same",
    "ndjson": "one object a line, as it comes; running verbs end with one of type summary",
    "yaml": "documents",
    "csv": "comma-separated with a header, safe for spreadsheets",
    "tsv": "tab-separated without header; the default of lists off a terminal",
    "name": "names only: valid input of every verb (... -o name | itmsctl task run ... --target -)",
}
_SELECTORS = (
    ("NAME ...", "objects by name, of any noun; a GUID is accepted wherever a name is"),
    ("-", "names, ids or NDJSON from standard input: what a list writes with -o name"),
    ("@FILE", "the same from a file"),
    ("--where EXPR", "an expression over fields: --where \"os_family = 'linux' and tags.env = 'prod'\""),
    ("-l TAGS", "tags: -l 'env=prod,tier in (web,db),!retired'"),
    ("--site SITE", "computers of a site"),
    ("--subnet CIDR", "computers with an address in a range: --subnet 10.1.0.0/16"),
    ("--target X", "a target, filter or group; sets with blanks around the signs: 'a & b - c'"),
    ("--target -, --target @FILE", "names from standard input or a file; also 'web - @down.txt'"),
    ("--target @run:ID:failed", "the computers of a run that failed; also unreachable, unknown, running"),
    ("--all", "all computers: a running or changing verb needs a selector, or this"),
    ("--expect N, --max N", "refuse with exit 9 unless exactly N, or at most N, are picked"),
)
_VARIABLES = {
    "XDG_DATA_HOME": "where the embedded database and its backups live (default ~/.local/share)",
    "XDG_STATE_HOME": "where high-water marks, incidents and rejects live (default ~/.local/state)",
    "XDG_CACHE_HOME": "where the program for computers is kept, where the package cannot be written (default ~/.cache)",
    "XDG_RUNTIME_DIR": "where the transport openssh keeps its control sockets (default /tmp)",
    "XDG_CONFIG_HOME": "where the user's itmsctl/config.toml lives (default ~/.config)",
    "TMPDIR": "where large answers of computers lie while they are read (default /var/tmp)",
    "NO_COLOR": "no colour; CLICOLOR=0 too, CLICOLOR_FORCE=1 always, TERM=dumb never",
    "SSH_AUTH_SOCK": "the SSH agent; the transport ssh asks it only where a profile or --agent says so",
    "CREDENTIALS_DIRECTORY": "set by systemd: its file itmsctl-passphrase opens the vault",
    "PGPASSFILE": "the file with PostgreSQL passwords (default ~/.pgpass, mode 0600)",
    "PGOPTIONS": "options of the PostgreSQL session (-c search_path=itms); those of the URL win",
}


def exit_codes() -> Iterator[Row]:
    """Yield each exit status and what it means, from the error tree."""
    found = dict(_FIXED)
    for family in errors.ItmsError.__subclasses__():
        if family.exit_status not in found:
            found[family.exit_status] = (family.__doc__ or "").strip().splitlines()[0]
    for status in sorted(found):
        yield {"name": str(status), "meaning": found[status], "codes": ", ".join(sorted(_codes(status)))}


def _codes(status: int) -> set[str]:
    kinds = errors.family(errors.ItmsError)
    return {one.code for one in kinds if one.exit_status == status and one is not errors.ItmsError}


def selectors() -> Iterator[Row]:
    """Yield the ways of picking computers."""
    yield from ({"name": form, "meaning": meaning} for form, meaning in _SELECTORS)


def fields() -> Iterator[Row]:
    """Yield the fields of the filter language, as rooms declare them."""
    for data_class in Registry.default().classes:
        prefix = "" if data_class.name == "computer" else data_class.name + "."
        if data_class.map_key:
            yield {"name": f"{data_class.name}.KEY", "meaning": data_class.help, "type": "text"}
            continue
        for field in data_class.fields:
            name = f"{data_class.name}({field.name} = ...)" if data_class.multi else prefix + field.name
            yield {"name": name, "meaning": field.help, "type": field.type.value}
        for bare, name in data_class.any_fields:
            said = next(field.help for field in data_class.fields if field.name == name)
            yield {"name": bare, "meaning": f"{said}: any of {data_class.name}({name} = ...)", "type": "text"}


def output(formats: tuple[str, ...]) -> Iterator[Row]:
    """Yield the output formats; every one that the command line takes is explained."""
    yield from ({"name": f"-o {form}", "meaning": _FORMS[form]} for form in formats)
    yield {"name": "--fields a,b.c", "meaning": "only these fields; bare, it lists them"}
    yield {"name": "--no-headers", "meaning": "no header line"}


def environment(settings: Mapping[str, str]) -> Iterator[Row]:
    """Yield the environment variables: one a setting, and those of others that are heeded."""
    for name, what in settings.items():
        yield {"name": "ITMSCTL_" + name.upper(), "meaning": what}
    yield from ({"name": name, "meaning": what} for name, what in _VARIABLES.items())
