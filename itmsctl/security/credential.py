"""A credential as a value: what a secret may be, where it may go, and what several of them come to in one login."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import field

from itmsctl.errors import CredentialNotForDiscoveryError, CredentialScopeError, InputError, UsageError
from itmsctl.security.snmp_lines import checked_lines
from itmsctl.transports.endpoint import PrivateKey
from itmsctl.values.lean import dataclass
from itmsctl.values.untrusted import is_storable, shell_arg

SECRET, KEY_PASSPHRASE = "secret", "key_passphrase"
LOGIN = frozenset({"password", "ssh-key"})
KEYS = frozenset({"ssh-key", "signing-key"})
MAX_KEY, MAX_LINE = 65_536, 4_096


@dataclass(frozen=True)
class Secret:
    """What is kept secret of a credential; `key_passphrase` opens a private key that is itself encrypted."""

    text: str = field(repr=False)
    key_passphrase: str | None = field(default=None, repr=False)

    def fields(self) -> dict[str, str]:
        """Return the fields that are sealed, each by itself."""
        found = {SECRET: self.text}
        if self.key_passphrase is not None:
            found[KEY_PASSPHRASE] = self.key_passphrase
        return found


def secret_of(kind: str, text: str, key_passphrase: str | None = None) -> Secret:
    """Return a secret as its kind holds it. Raises InputError, which never says what it was given."""
    if not is_storable(text + (key_passphrase or "")):
        raise InputError("the secret is no text: it holds a NUL character, or bytes that are not UTF-8")
    if kind in KEYS:
        if len(text) > MAX_KEY:
            raise InputError(f"the private key is longer than {MAX_KEY} bytes")
        if "PRIVATE KEY-----" not in text:
            raise InputError(
                "this is not a private key", why="it has no PRIVATE KEY line", hint="give the file that ssh-keygen made"
            )
        return Secret(text.replace("\r\n", "\n").rstrip("\n") + "\n", key_passphrase)
    if key_passphrase is not None:
        raise UsageError(
            f"a {kind} has no passphrase of its own", hint="--key-passphrase-file goes with --kind ssh-key"
        )
    if kind == "snmp-v3":
        return Secret(checked_lines(text))
    line = text.removesuffix("\n").removesuffix("\r")
    if not line:
        raise InputError("the secret is empty")
    if len(line) > MAX_LINE:
        raise InputError(f"the secret is longer than {MAX_LINE} characters")
    if any(c in line for c in "\n\r"):
        raise InputError(f"a {kind} is one line", hint="only a private key has several")
    return Secret(line)


@dataclass(frozen=True)
class Scope:
    """Computers that a credential may go to: those of any of these sites, subnets or targets, by id; all if none."""

    sites: frozenset[int] = frozenset()
    subnets: frozenset[int] = frozenset()
    targets: frozenset[int] = frozenset()

    @property
    def is_everything(self) -> bool:
        """Return whether it may go everywhere."""
        return not (self.sites or self.subnets or self.targets)


@dataclass(frozen=True)
class OpenedCredential:
    """A credential out of the vault, its secret in the clear."""

    name: str
    kind: str
    user: str | None
    secret: Secret = field(repr=False)
    scope: Scope = Scope()
    guid: str = ""
    revision: int = 0


@dataclass(frozen=True)
class HeldCredentials:
    """What some credentials give to one login, and where that may go. Empty where none was named."""

    user: str | None = None
    private_keys: tuple[PrivateKey, ...] = field(default=(), repr=False)
    password: str | None = field(default=None, repr=False)
    sudo_password: str | None = field(default=None, repr=False)
    scopes: tuple[tuple[str, Scope], ...] = ()  # of each credential that may not go everywhere, by its name
    revisions: tuple[tuple[str, int], ...] = ()  # of each credential, by GUID, as it was when its scope was read

    @property
    def is_secret(self) -> bool:
        """Return whether something of the vault is in it."""
        return bool(self.private_keys) or self.for_known_hosts_only()

    def for_known_hosts_only(self) -> bool:
        """Return whether it holds a password, which whoever answers would learn (HE9)."""
        return self.password is not None or self.sudo_password is not None


def hold(opened: Sequence[OpenedCredential]) -> HeldCredentials:
    """Return what credentials come to together: any number of keys, one password, one for sudo, one user.

    Raises UsageError where they contradict each other, or one is of a kind that nobody logs in with.
    """
    for one in opened:
        if one.kind not in LOGIN | {"sudo-password"}:
            raise UsageError(f"nobody logs in with credential `{one.name}`", why=f"it is a {one.kind}")
    keys = [o for o in opened if o.kind == "ssh-key"]
    return HeldCredentials(
        user=_only([(o.name, o.user) for o in opened if o.kind in LOGIN and o.user], "user"),
        private_keys=tuple(PrivateKey(o.name, o.secret.text, o.secret.key_passphrase) for o in keys),
        password=_only([(o.name, o.secret.text) for o in opened if o.kind == "password"], "password"),
        sudo_password=_only([(o.name, o.secret.text) for o in opened if o.kind == "sudo-password"], "sudo password"),
        scopes=tuple((o.name, o.scope) for o in opened if not o.scope.is_everything),
        revisions=tuple((o.guid, o.revision) for o in opened),
    )


def _only(given: Sequence[tuple[str, str]], what: str) -> str | None:
    if len({value for _, value in given}) > 1:
        names = " and ".join(f"`{name}`" for name, _ in given)
        raise UsageError(f"credentials {names} give more than one {what}", hint="give one of them")
    return given[0][1] if given else None


def outside(computer: str, credential: str) -> CredentialScopeError:
    """Return the refusal of a computer that a credential may not go to."""
    return CredentialScopeError(
        f"{computer} lies outside the scope of credential `{credential}`; it was not contacted",
        hint=f"itmsctl credential show {shell_arg(credential)}",
    )


def refuse_unknown_hosts(held: HeldCredentials) -> None:
    """Raise CredentialNotForDiscoveryError where a password would go to a computer that nobody knows yet."""
    if held.for_known_hosts_only():
        raise CredentialNotForDiscoveryError(
            "a password of the vault goes only to computers whose host key is pinned",
            why="with --accept-new whoever answers would learn it",
            hint="pin the keys first: itmsctl host-key scan ... --accept",
        )
