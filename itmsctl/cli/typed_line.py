"""What is typed so far in a shell, and how what is offered is written for it: one word of it, whatever it holds.

The first line tells the shell whether it offers names of files itself (`files`) or what follows (`words`), one a line.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

FILES, WORDS = "files", "words"
_UNSAFE = re.compile(r"[^\w@%+=:,./-]")  # of bash, all but a control character can be written after a backslash
_UNSAFE_IN_QUOTES = re.compile(r'[\\$`"]')
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")


@dataclass(frozen=True)
class TypedLine:
    """The words before the cursor, without their quotes; of the last one also as it stands, and the open quote."""

    words: tuple[str, ...]
    last: str
    raw: str
    quote: str


def read(line: str) -> TypedLine:
    """Read a command line up to the cursor; a quote or a backslash at its end is still open."""
    words: list[str] = []
    word: list[str] = []
    quote, is_open, start, index = "", False, 0, 0
    while index < len(line):
        char = line[index]
        if not quote and char.isspace():
            if is_open:
                words.append("".join(word))
                word = []
            is_open, start = False, index + 1
        elif char == quote or (not quote and char in "'\""):
            quote, is_open = "" if quote else char, True
        elif char == "\\" and quote != "'" and index + 1 < len(line):
            index += 1
            kept = "\\" if quote and line[index] not in '\\$`"' else ""
            word.append(kept + line[index])
            is_open = True
        elif char != "\\" or quote == "'":
            word.append(char)
            is_open = True
        index += 1
    return TypedLine(tuple(words), "".join(word), line[start:], quote)


def written(
    shell: str, typed: TypedLine, kind: str, offered: Iterable[tuple[str, str]], bash_word: str
) -> Iterator[str]:
    """Yield the lines for a shell; `bash_word` is the part of the last word that bash replaces.

    What holds a control character is not offered: it could not be told from the next line.
    """
    yield kind
    head, is_joined, _ = typed.last.partition("=")
    joined = head + "=" if is_joined and head.startswith("-") else ""
    for value, text in offered:
        if _CONTROL.search(value):
            continue
        if shell == "bash":
            yield _for_bash(value, typed, bash_word)
        else:
            help_text = " ".join(_CONTROL.sub(" ", text).split())
            yield joined + value + (f"\t{help_text}" if help_text else "")


def _for_bash(value: str, typed: TypedLine, replaced: str) -> str:
    if typed.quote:
        return value if typed.quote == "'" else _UNSAFE_IN_QUOTES.sub(lambda found: "\\" + found[0], value)
    quoted = _UNSAFE.sub(lambda found: "\\" + found[0], value)
    # bash takes `:` and `=` for ends of words: what stands before the last of them is there already.
    return quoted.removeprefix(typed.raw.removesuffix(replaced.strip(":=")))
