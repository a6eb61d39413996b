"""What somebody meant by a word that is not one of ours: words of other tools, and typing errors.

Never from a word that only looks to a verb that changes something: who types `get` is not offered `set`.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from difflib import get_close_matches

CLOSE = 0.75  # of difflib: two letters exchanged in a word of four

# What others call our nouns and verbs. Of several the first that there is counts.
NOUNS: Mapping[str, tuple[str, ...]] = {
    "host": ("computer",),
    "node": ("computer",),
    "machine": ("computer",),
    "device": ("computer",),
    "client": ("computer",),
    "endpoint": ("computer",),
    "vm": ("computer",),
    "collection": ("filter",),
    "query": ("filter",),
    "selector": ("filter",),
    "boundary": ("subnet",),
    "network": ("subnet",),
    "prefix": ("subnet",),
    "range": ("subnet",),
    "location": ("site",),
    "office": ("site",),
    "boundary-group": ("site",),
    "distribution-point": ("server",),
    "deployment": ("policy",),
    "advertisement": ("policy",),
    "script": ("task",),
    "command": ("task",),
    "playbook": ("job",),
    "workflow": ("job",),
    "task-sequence": ("job",),
    "execution": ("run",),
    "result": ("run",),
    "output": ("run",),
    "installer": ("package",),
    "catalog": ("package-catalogue",),
    "signing-key": ("package-key",),
    "rollout": ("delivery",),
    "usage": ("metering",),
    "cron": ("schedule",),
    "timer": ("schedule",),
    "calendar": ("schedule",),
    "maintenance": ("window",),
    "maintenance-window": ("window",),
    "blockout": ("window",),
    "secret": ("credential",),
    "password": ("credential",),
    "known-hosts": ("host-key",),
    "hostkey": ("host-key",),
    "fingerprint": ("host-key",),
    "connection": ("profile",),
    "database": ("db",),
    "backup": ("db",),
    "log": ("audit",),
    "changelog": ("audit",),
    "changes": ("audit",),
    "settings": ("config",),
    "configuration": ("config",),
    "diagnose": ("doctor",),
    "health": ("doctor",),
    "bug": ("support",),
    "rollback": ("undo",),
    "revert": ("undo",),
    "man": ("help",),
    "docs": ("help",),
}
VERBS: Mapping[str, tuple[str, ...]] = {
    "create": ("add", "init"),
    "new": ("add", "init"),
    "make": ("add", "init"),
    "insert": ("add",),
    "register": ("add",),
    "delete": ("remove", "purge"),
    "rm": ("remove",),
    "del": ("remove",),
    "destroy": ("remove",),
    "drop": ("remove",),
    "unregister": ("remove",),
    "get": ("show", "list"),
    "describe": ("show",),
    "view": ("show", "list"),
    "info": ("show", "status"),
    "inspect": ("show",),
    "cat": ("show", "logs"),
    "print": ("show",),
    "display": ("show",),
    "read": ("show",),
    "ls": ("list",),
    "find": ("list", "lookup"),
    "search": ("list",),
    "ps": ("list",),
    "count": ("list",),
    "why": ("explain",),
    "edit": ("set",),
    "modify": ("set",),
    "update": ("set",),
    "patch": ("set",),
    "change": ("set",),
    "rename": ("set",),
    "label": ("set",),
    "tag": ("set",),
    "copy": ("clone",),
    "cp": ("clone",),
    "duplicate": ("clone",),
    "exec": ("run",),
    "execute": ("run",),
    "start": ("run", "tick"),
    "trigger": ("run", "raise"),
    "deploy": ("push", "run"),
    "replicate": ("distribute",),
    "sync": ("distribute",),
    "unpublish": ("withdraw",),
    "revoke": ("withdraw", "retire"),
    "evaluate": ("judge",),
    "stop": ("cancel", "disable"),
    "abort": ("cancel",),
    "rerun": ("retry",),
    "log": ("logs",),
    "tail": ("logs",),
    "history": ("list",),
    "load": ("import",),
    "upload": ("import",),
    "dump": ("export", "backup"),
    "migrate": ("upgrade",),
    "vacuum": ("maintain",),
    "optimize": ("maintain",),
    "validate": ("check", "verify"),
    "lint": ("check",),
    "test": ("check",),
    "trust": ("accept",),
    "unseal": ("unlock",),
}
OPTIONS: Mapping[str, tuple[str, ...]] = {
    "--ip": ("--address",),
    "--ip-address": ("--address",),
    "--hostname": ("--fqdn", "--address"),
    "--host": ("--target", "--address"),
    "--hosts": ("--target",),
    "--inventory": ("--target",),
    "--collection": ("--filter", "--target"),
    "--os": ("--os-family",),
    "--format": ("--output",),
    "--filter": ("--where",),
    "--query": ("--where",),
    "--selector": ("--labels",),
    "--label": ("--labels", "--tag"),
    "--check": ("--dry-run",),
    "--simulate": ("--dry-run",),
    "--what-if": ("--dry-run",),
    "--diff": ("--dry-run",),
    "--force": ("--yes",),
    "--forks": ("--concurrency",),
    "--parallel": ("--concurrency",),
    "--private-key": ("--key",),
    "--identity": ("--key",),
    "--password": ("--password-file",),
    "--save": ("--out",),
    "--comment": ("--reason", "--description"),
    "--message": ("--reason",),
    "--notes": ("--description",),
    "--location": ("--site",),
    "--columns": ("--fields",),
}
# Verbs that change nothing that is stored, and words of others that only look.
LOOKING = frozenset({
    "list", "show", "logs", "status", "members", "kinds", "fields", "size", "lookup", "for", "explain", "check",
    "verify", "numbers", "rules", "ignored", "views", "test", "wait", "recommend", "simulate", "report", "export",
    "history", "exit-codes", "selectors", "output", "environment", "docs",
})  # fmt: skip
LOOKS = LOOKING | {
    "get", "describe", "view", "info", "inspect", "cat", "print", "display", "read", "ls", "find", "search", "ps",
    "count", "why", "log", "tail", "dump", "validate", "lint", "query", "look", "see", "diff", "compare", "watch",
    "peek", "open",
}  # fmt: skip
_CHANGING_NOUNS = frozenset({"apply", "undo"})  # they are verbs that stand by themselves


def noun(word: str, known: Collection[str]) -> str:
    """Return the noun that is meant; empty where none is near, or where it changes what the word only looks at.

    A word that is a verb is near no noun: `get` is not `agent`.
    """
    text = _plain(word)
    found = _named(text, known, NOUNS) or ("" if text in VERBS else _near(text, known))
    return "" if text in LOOKS and found in _CHANGING_NOUNS else found


def verb(word: str, known: Collection[str]) -> str:
    """Return the verb that is meant; empty where none is near, or where it would change what the word only looks at."""
    text = _plain(word)
    found = _named(text, known, VERBS) or _near(text, known)
    return "" if text in LOOKS and found not in LOOKING else found


def option(word: str, known: Collection[str]) -> str:
    """Return the option that is meant; empty where none is near."""
    longer = sorted(flag for flag in known if flag.startswith(f"{word}-"))
    by_name = next((flag for flag in OPTIONS.get(word.lower(), ()) if flag in known), "")
    return by_name or (longer[0] if len(longer) == 1 else "") or _near(word, known)


def _plain(word: str) -> str:
    return word.lower().replace("_", "-")


def _named(text: str, known: Collection[str], others: Mapping[str, tuple[str, ...]]) -> str:
    for form in (text, text.removesuffix("s"), text.removesuffix("es")):
        if form in known:
            return form
        for own in others.get(form, ()):
            if own in known:
                return own
    return ""


def _near(word: str, known: Collection[str]) -> str:
    near = get_close_matches(word, known, n=1, cutoff=CLOSE) if len(word) > 2 else ()
    return near[0] if near else ""
