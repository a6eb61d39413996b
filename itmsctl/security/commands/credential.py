"""The group `credential`: secrets go in by file, pipe or prompt, and never come out."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from itmsctl.cli import connection as over
from itmsctl.cli.complete import names_of
from itmsctl.cli.context import Context
from itmsctl.cli.nouns import noun_group, report
from itmsctl.cli.options import DryRun, verb
from itmsctl.errors import UsageError
from itmsctl.security import columns, service
from itmsctl.security.commands.unlocking import file_text, secret_text, unlocking
from itmsctl.security.credential import Secret, hold
from itmsctl.security.kinds import CREDENTIAL, CREDENTIAL_KINDS
from itmsctl.security.service import credential_shelf as shelf
from itmsctl.security.service import trying, vaults
from itmsctl.security.service.private_files import certificate_beside
from itmsctl.security.via import Via
from itmsctl.values.names import near_or_all
from itmsctl.values.times import seconds

credential_app = noun_group(
    CREDENTIAL, columns.CREDENTIAL, shelf.CREDENTIALS, verbs=("set", "list", "show", "remove"), cloned=False,
    examples={"set": "itmsctl credential set web-root --site rome --site oslo"},
)  # fmt: skip

Name = Annotated[
    str, typer.Argument(metavar="NAME", help="Name of the credential.", autocompletion=names_of("credential"))
]
NewName = Annotated[str, typer.Argument(metavar="NAME", help="Name of the credential.")]
SecretFile = Annotated[
    str | None,
    typer.Option(
        "--secret-file",
        metavar="FILE",
        help="File with the secret, private to its owner; with a key, FILE-cert.pub beside it.",
    ),
]
SecretStdin = Annotated[bool, typer.Option("--secret-stdin", help="The secret comes on standard input.")]
KeyPassphraseFile = Annotated[
    str | None,
    typer.Option("--key-passphrase-file", metavar="FILE", help="File with the passphrase of the private key itself."),
]


def _scope_option(kind: str) -> Any:
    return typer.Option(
        f"--{kind}", metavar=kind.upper(), help=f"{kind.capitalize()} whose computers it may go to.",
        autocompletion=names_of(kind),
    )  # fmt: skip


@verb(credential_app, "add")
def add(
    context: Context,
    name: NewName,
    kind: Annotated[str, typer.Option("--kind", metavar="KIND", help=f"One of {', '.join(CREDENTIAL_KINDS)}.")],
    user: Annotated[str | None, typer.Option("--user", metavar="USER", help="User that it belongs to.")] = None,
    secret_file: SecretFile = None,
    secret_stdin: SecretStdin = False,
    key_passphrase_file: KeyPassphraseFile = None,
    site: Annotated[list[str], _scope_option("site")] = [],
    subnet: Annotated[list[str], _scope_option("subnet")] = [],
    target: Annotated[list[str], _scope_option("target")] = [],
    description: Annotated[
        str | None, typer.Option("--description", metavar="TEXT", help="What people should know about it.")
    ] = None,
    passphrase_file: over.PassphraseFile = None,
    dry_run: DryRun = False,
) -> None:
    """Add a credential. Without --site, --subnet or --target it may go to every computer.

    An equal one is left as it is; a different one is exit 6.

    Example: itmsctl credential add web-root --kind ssh-key --user root --secret-file ~/.ssh/id_ed25519 --site rome
    """
    if kind not in CREDENTIAL_KINDS:
        raise UsageError(f"`{kind}` is not a kind of credential", hint=near_or_all(kind, CREDENTIAL_KINDS))
    secret = _secret(context, kind, secret_stdin, secret_file, key_passphrase_file)
    given = {
        "kind": kind,
        "user": user,
        "sites": site,
        "subnets": subnet,
        "targets": target,
        "description": description,
    }
    fields = {name: value for name, value in given.items() if value not in (None, [])}
    key = vaults.unlocked(context.store, unlocking(context, passphrase_file))
    report(context, context.write(shelf.add, key, name, fields, secret, dry_run=dry_run), dry_run)


@verb(credential_app, "rotate")
def rotate(
    context: Context,
    name: Name,
    secret_file: SecretFile = None,
    secret_stdin: SecretStdin = False,
    key_passphrase_file: KeyPassphraseFile = None,
    computer: Annotated[
        str | None, typer.Option("--computer", metavar="NAME", help="Log in there with it first.")
    ] = None,
    passphrase_file: over.PassphraseFile = None,
    dry_run: DryRun = False,
) -> None:
    """Give a credential another secret. The one before is gone: with --computer a login proves the new one first.

    Example: itmsctl credential rotate web-root --secret-file new-key --computer web1
    """
    if computer is not None:
        context.store.acting()
    kind = context.read(shelf.CREDENTIALS.get, name).fields["kind"]
    secret = _secret(context, kind, secret_stdin, secret_file, key_passphrase_file)
    key = vaults.unlocked(context.store, unlocking(context, passphrase_file))
    if computer is not None:
        _try(context, key, [name], computer, Via(), candidate=secret)
    report(context, context.write(shelf.rotate, key, name, secret, dry_run=dry_run), dry_run)


@verb(credential_app, "test", columns=columns.TRIAL)
def try_out(
    context: Context,
    name: Name,
    computer: Annotated[str, typer.Option("--computer", metavar="NAME", help="Computer to log in to.")],
    credential: over.Credential = [],
    profile: over.Profile = None,
    key: over.KeyFiles = [],
    agent: over.Agent = False,
    user: over.User = None,
    port: over.Port = None,
    passphrase_file: over.PassphraseFile = None,
    connect_timeout: over.ConnectTimeout = None,
) -> None:
    """Log in to a computer with a credential, for real. One for sudo needs another to log in with.

    A computer in a blockout is not contacted: exit 9.

    Example: itmsctl credential test web-sudo --computer web1 --credential web-root
    """
    context.store.acting()  # before anybody is asked for a passphrase
    limit = None if connect_timeout is None else seconds(connect_timeout)
    files = tuple(str(Path(k).expanduser().absolute()) for k in key)
    typed = Via(
        user=user, port=port, key_files=files, use_agent=agent or None, connect_timeout_s=limit, profile=profile
    )
    for each in [name, *credential]:
        context.read(shelf.CREDENTIALS.get, each)
    opened = vaults.unlocked(context.store, unlocking(context, passphrase_file))
    _try(context, opened, [name, *credential], computer, typed)


def _try(
    context: Context, key: Any, names: list[str], computer: str, typed: Via, candidate: Secret | None = None
) -> None:
    with context.store.read() as reader:
        vaults.still(reader, key)
        profile = service.profile(reader, typed.profile)
        known = service.computer(reader, computer)
        first, *others = names
        opened = [shelf.opened(reader, key, first, candidate), *(shelf.opened(reader, key, n) for n in others)]
    held = hold(opened)
    via = typed.over(profile)
    found = service.credentials_of(
        via, password_file=None, sudo_password_file=None, environment={}, stdin=context.stdin, held=held
    )
    service.require_login(via, found)
    trial = trying.try_login(context.store, first, known, typed, profile, held, found)
    if candidate is None:
        context.out.show(columns.TRIAL, trial.as_dict())
    else:
        context.say(f"{known.name}: logged in as {trial.user} with the new secret")


def _secret(context: Context, kind: str, from_stdin: bool, file: str | None, key_passphrase_file: str | None) -> Secret:
    passphrase = None
    if key_passphrase_file is not None:
        passphrase = file_text(key_passphrase_file, "passphrase").rstrip("\r\n")
    text = secret_text(context, from_stdin, file)
    if kind == "ssh-key" and file is not None:
        text = text.rstrip("\n") + "\n" + certificate_beside(Path(file).expanduser())
    return shelf.checked_secret(kind, text, passphrase)
