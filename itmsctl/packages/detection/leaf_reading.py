"""The leaves of a rule: what each is written like, and what it means."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import datetime

from itmsctl.errors import InputError
from itmsctl.expressions import regexes
from itmsctl.packages.detection.rule import (
    FILE_FIELDS,
    MANAGERS,
    SERVICE_STATES,
    FileLeaf,
    FileTest,
    InventoryLeaf,
    Leaf,
    PackageLeaf,
    ProductLeaf,
    RegistryLeaf,
    ScriptLeaf,
    ServiceLeaf,
)
from itmsctl.packages.detection.words import RuleWord, RuleWords
from itmsctl.values.names import near_or_all
from itmsctl.values.times import from_text

LONGEST = 1000  # characters of a path, key or name
LONGEST_SCRIPT = 16_000
_ORDERS = ("=", "==", "!=", "<", "<=", ">", ">=")
_TEXTS = (*_ORDERS, "~")
_ENDS = ("and", "or", ")", "]", ",", "")
_SIZE = re.compile(r"(\d{1,15})(B|kB|KB|MB|GB|TB)?")
_UNITS = {"B": 0, "kB": 10, "KB": 10, "MB": 20, "GB": 30, "TB": 40}
_DIGEST = re.compile(r"[0-9a-fA-F]{64}")
_CODE = re.compile(r"\{?([0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12})\}?")
_HIVES = {
    "HKLM": "HKLM", "HKEY_LOCAL_MACHINE": "HKLM", "HKU": "HKU", "HKEY_USERS": "HKU", "HKCU": "HKCU",
    "HKEY_CURRENT_USER": "HKCU", "HKCR": "HKCR", "HKEY_CLASSES_ROOT": "HKCR",
}  # fmt: skip


def leaf(words: RuleWords) -> Leaf:
    """Return the leaf that stands next. Raises ExpressionError."""
    word = words.take()
    if word.is_quoted or word.text not in WORDS:
        raise _unknown(words, word)
    return WORDS[word.text][0](words)


def _unknown(words: RuleWords, word: RuleWord) -> Exception:
    if not word.text and not word.is_quoted:
        return words.error("the rule ends where a part of it is expected", word, f"one of {', '.join(WORDS)}")
    hint = near_or_all(word.text, WORDS)
    return words.error(f"`{word.text[:80]}` is not a part of a rule", word, hint)


def _file(words: RuleWords) -> FileLeaf:
    path = _name(words, "a path")
    tests = []
    while not _is_at_end(words):
        field = words.take()
        if not field.is_plain(*FILE_FIELDS):
            raise words.error(f"a file has no `{field.text[:80]}`", field, near_or_all(field.text, FILE_FIELDS))
        tests.append(_file_test(words, field))
    return FileLeaf(path, tuple(tests))


def _file_test(words: RuleWords, field: RuleWord) -> FileTest:
    operator = _operator(words, ("=", "==", "!=") if field.text == "sha256" else _ORDERS)
    word = _value(words)
    try:
        return FileTest(field.text, operator, _VALUES[field.text](word.text))
    except InputError as error:
        raise words.error(error.message, word, error.hint) from None


def _folder(words: RuleWords) -> FileLeaf:
    return FileLeaf(_name(words, "a path"), is_folder=True)


def _registry(words: RuleWords) -> RegistryLeaf:
    word = words.peek()
    hive, _, rest = _name(words, "a key").strip("\\").partition("\\")
    if hive.upper() not in _HIVES or not rest:
        raise words.error(f"`{word.text[:80]}` is not a key of the registry", word, "such as HKLM\\SOFTWARE\\Hello")
    key = f"{_HIVES[hive.upper()]}\\{rest}"
    if not words.take_if("value"):
        return RegistryLeaf(key)
    value = _value(words).text
    if words.peek().is_plain(*_TEXTS):
        operator = _operator(words, _TEXTS)
        return RegistryLeaf(key, value, operator, _text(words, pattern=operator == "~"))
    return RegistryLeaf(key, value)


def _package(words: RuleWords) -> PackageLeaf:
    name = _name(words, "the name of a package")
    operator, version = _version(words)
    manager = ""
    if words.take_if("by"):
        word = words.take()
        if not word.is_plain(*MANAGERS):
            raise words.error(f"`{word.text[:80]}` is not a package manager", word, near_or_all(word.text, MANAGERS))
        manager = word.text
    return PackageLeaf(name, operator, version, manager)


def _product(words: RuleWords) -> ProductLeaf:
    word = words.take()
    found = _CODE.fullmatch(word.text)
    if not found:
        raise words.error("a product code is expected", word, "such as {90160000-008C-0000-1000-0000000FF1CE}")
    return ProductLeaf(f"{{{found[1].upper()}}}", *_version(words))


def _script(words: RuleWords) -> ScriptLeaf:
    word = words.take()
    if not word.is_quoted or not word.text.strip():
        raise words.error("a script is expected, in quotes", word, "script 'test -x /opt/hello' exit = 0")
    if len(word.text) > LONGEST_SCRIPT:
        raise words.error(f"the script is longer than {LONGEST_SCRIPT} characters", word)
    code, operator, output = 0, "", ""
    while not _is_at_end(words):
        if words.take_if("exit"):
            _operator(words, ("=", "=="))
            code = _whole_number(words)
        elif words.take_if("prints"):
            operator = _operator(words, _TEXTS)
            output = _text(words, pattern=operator == "~")
        else:
            raise words.error(f"`{words.peek().text[:80]}` is not expected here", hint="exit = 0, or prints ~ 'text'")
    return ScriptLeaf(word.text, code, operator, output)


def _service(words: RuleWords) -> ServiceLeaf:
    name = _name(words, "the name of a service")
    words.take_if("is")
    state = words.take_if(*SERVICE_STATES)
    if state is None and not _is_at_end(words):
        raise words.error(
            f"a service is not `{words.peek().text[:80]}`", hint="running, stopped, or nothing: installed"
        )
    return ServiceLeaf(name, state.text if state else "")


def _inventory(words: RuleWords) -> InventoryLeaf:
    """Read a condition of the filter language: a bracket, or up to the next `and`, `or` or end outside brackets."""
    first = words.peek()
    if words.is_done:
        raise words.error("a condition is expected", first, "inventory software(name = 'hello')")
    depth, last = 0, first
    while not words.is_done:
        word = words.peek()
        if depth == 0 and word.is_plain(*_ENDS):
            break
        depth += word.is_plain("(") - word.is_plain(")")
        last = words.take()
        if depth == 0 and last.is_plain(")") and first.is_plain("("):
            break
    if depth:
        raise words.error("a `)` is missing", first)
    text = words.source.text[first.start : last.end].strip()
    return InventoryLeaf(text[1:-1].strip() if first.is_plain("(") and last.is_plain(")") else text)


def _is_at_end(words: RuleWords) -> bool:
    return words.is_done or words.peek().is_plain(*_ENDS)


def _value(words: RuleWords) -> RuleWord:
    if words.is_done or words.peek().is_sign:
        raise words.error("a value is expected", hint="text with blanks or signs in it stands in quotes")
    return words.take()


def _name(words: RuleWords, what: str) -> str:
    if words.is_done or words.peek().is_sign:
        raise words.error(f"{what} is expected", hint="one with blanks or signs in it stands in quotes")
    word = words.take()
    if not word.text.strip() or len(word.text) > LONGEST or any(ord(char) < 32 for char in word.text):
        raise words.error(f"{what} is expected: 1 to {LONGEST} characters on one line", word)
    return word.text


def _operator(words: RuleWords, known: tuple[str, ...]) -> str:
    word = words.take()
    if not word.is_plain(*known):
        raise words.error("a comparison is expected", word, "one of " + ", ".join(one for one in known if one != "=="))
    return "=" if word.text == "==" else word.text


def _version(words: RuleWords) -> tuple[str, str]:
    if not words.peek().is_plain(*_ORDERS):
        return "", ""
    operator, word = _operator(words, _ORDERS), _value(words)
    if not re.search(r"[0-9A-Za-z]", word.text):
        raise words.error(f"`{word.text[:80]}` is not a version", word)
    return operator, word.text


def _text(words: RuleWords, *, pattern: bool = False) -> str:
    word = _value(words)
    if len(word.text) > LONGEST:
        raise words.error(f"it is longer than {LONGEST} characters", word)
    if pattern:
        try:
            regexes.read(word.text)
        except regexes.PatternError as error:
            raise words.error(f"a regular expression is not taken: {error}", word, error.hint) from None
    return word.text


def _whole_number(words: RuleWords) -> int:
    word = words.take()
    if not re.fullmatch(r"\d{1,9}", word.text):
        raise words.error(f"`{word.text[:80]}` is not an exit code", word)
    return int(word.text)


def _size(text: str) -> int:
    found = _SIZE.fullmatch(text)
    if not found:
        raise InputError(f"`{text[:80]}` is not a size", hint="bytes, or 4kB, 10MB, 2GB")
    return int(found[1]) << _UNITS[found[2] or "B"]


def _digest(text: str) -> str:
    if not _DIGEST.fullmatch(text):
        raise InputError(f"`{text[:80]}` is not a SHA-256", hint="64 hexadecimal digits")
    return text.lower()


_VALUES: Mapping[str, Callable[[str], str | int | datetime]] = {
    "version": str,
    "size": _size,
    "sha256": _digest,
    "modified": from_text,
}

WORDS: Mapping[str, tuple[Callable[[RuleWords], Leaf], str]] = {
    "package": (_package, "package NAME [>= VERSION] [by MANAGER]"),
    "file": (_file, "file PATH [version >= V] [size > 10kB] [sha256 = HEX] [modified >= 2026-01-31]"),
    "folder": (_folder, "folder PATH"),
    "registry": (_registry, "registry KEY [value NAME [>= TEXT]]"),
    "product": (_product, "product {CODE} [>= VERSION]"),
    "service": (_service, "service NAME [running|stopped]"),
    "script": (_script, "script 'TEXT' [exit = 0] [prints ~ 'PATTERN']"),
    "inventory": (_inventory, "inventory CONDITION"),
}
"""What leaves begin with: who reads each, and how it is written."""
