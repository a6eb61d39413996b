"""Regular expressions that mean one thing everywhere: RE2's syntax, of it what PostgreSQL can say too.

A pattern is read here and written again from its parts, for RE2 (SQLite and Python) and for PostgreSQL, so that
neither engine's own idea of `.`, `\\w`, case or newlines shows. Search semantics; `^` and `$` are the ends of the text;
classes and `(?i)` are ASCII. Refused: back references, looking ahead or behind, `(?m)`, Unicode properties.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import Any

from itmsctl.expressions import charset
from itmsctl.values.lean import dataclass

MAX_LENGTH = 1000
MAX_REPEAT = 255  # PostgreSQL's limit
MAX_SIZE = 1000  # characters and sets after repeats are multiplied out
MAX_DEPTH = 30
_ESCAPES = {"t": 9, "n": 10, "v": 11, "f": 12, "r": 13, "a": 7}
_BOUNDARIES = {"b": (r"\b", r"\y"), "B": (r"\B", r"\Y")}


class PatternError(ValueError):
    """A pattern outside the subset; `hint` says what to write instead."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint


@dataclass(frozen=True)
class Pattern:
    """A pattern in both dialects; `size` is its length with repeats multiplied out."""

    re2: str
    postgres: str
    size: int = 0

    def __add__(self, other: Pattern) -> Pattern:
        return Pattern(self.re2 + other.re2, self.postgres + other.postgres, self.size + other.size)


@lru_cache(maxsize=4096)
def read(text: str) -> Pattern:
    """Return a pattern in both dialects; raises PatternError."""
    if not text:
        raise PatternError("it is empty", "write is not null")
    if len(text) > MAX_LENGTH:
        raise PatternError(f"it is longer than {MAX_LENGTH} characters")
    found = _PatternReader(text).whole()
    if found.size > MAX_SIZE:
        raise PatternError("it is too large once its repeats are multiplied out")
    return found


@lru_cache(maxsize=4096)
def searcher(text: str) -> Callable[[str], Any]:
    """Return a function that is true of the texts in which RE2 finds the pattern; imports RE2 (15 ms) when first used.

    Raises PatternError.
    """
    pattern = read(text)
    import re2

    options = re2.Options()
    options.log_errors = False
    options.never_capture = True
    try:
        search: Callable[[str], Any] = re2.compile(pattern.re2, options).search
    except re2.error as error:
        raise PatternError(f"RE2 does not take it ({error})") from None
    return search


class _PatternReader:
    """Recursive descent over one pattern."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._depth = 0
        self._fold = self._dot_all = False

    def whole(self) -> Pattern:
        """Read all of it."""
        if self._text.startswith("(?") and self._text[2:3] not in {":", "P", "<", "=", "!"}:
            self._flags()
        found = self._alternatives()
        if self._at < len(self._text):
            raise PatternError("a `)` too many", r"write \) for a bracket that is meant as it is")
        return found

    def _flags(self) -> None:
        end = self._text.find(")")
        flags = self._text[2:end] if end > 0 else ""
        if not flags or set(flags) - {"i", "s"}:
            raise PatternError(f"the flags `{self._text[: end + 1]}` are not taken", "only (?i) and (?s), at its start")
        self._fold, self._dot_all = "i" in flags, "s" in flags
        self._at = end + 1

    def _peek(self) -> str:
        return self._text[self._at : self._at + 1]

    def _next(self, what: str) -> str:
        char = self._peek()
        if not char:
            raise PatternError(f"it ends within {what}")
        self._at += 1
        return char

    def _alternatives(self) -> Pattern:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise PatternError(f"its groups are nested deeper than {MAX_DEPTH}")
        branches = [self._branch()]
        while self._peek() == "|":
            self._at += 1
            branches.append(self._branch())
        self._depth -= 1
        return Pattern(
            "|".join(b.re2 for b in branches), "|".join(b.postgres for b in branches), sum(b.size for b in branches)
        )

    def _branch(self) -> Pattern:
        found: list[Pattern] = []
        while self._peek() not in {"", "|", ")"}:
            found.append(self._repeated())
        if not found:
            raise PatternError("an alternative or group is empty", "make it optional with ? instead")
        out = found[0]
        for part in found[1:]:
            out += part
        return out

    def _repeated(self) -> Pattern:
        char = self._peek()
        if char in {"*", "+", "?"} or (char == "{" and self._counts() is not None):
            raise PatternError(f"`{char}` repeats nothing", f"write \\{char} for the character itself")
        atom, can_repeat = self._atom()
        bounds = self._quantifier()
        if bounds is None:
            return atom
        if not can_repeat:
            raise PatternError("a position (^, $, \\b) cannot repeat")
        low, high = bounds
        quantifier = {(0, None): "*", (1, None): "+", (0, 1): "?"}.get(bounds) or (
            f"{{{low}}}" if low == high else f"{{{low},{'' if high is None else high}}}"
        )
        return Pattern(
            f"(?:{atom.re2}){quantifier}",
            f"(?:{atom.postgres}){quantifier}",
            max(atom.size, 1) * max(low, high or 1, 1),
        )

    def _quantifier(self) -> tuple[int, int | None] | None:
        char = self._peek()
        if char in {"*", "+", "?"}:
            self._at += 1
            bounds: tuple[int, int | None] | None = {"*": (0, None), "+": (1, None), "?": (0, 1)}[char]
        else:
            bounds = self._counts() if char == "{" else None
            if bounds is None:
                return None
            self._at = self._text.index("}", self._at) + 1
        if self._peek() == "?":
            self._at += 1  # lazy or greedy: a search only asks whether it is found
        following = self._peek()
        if following in {"*", "+", "?"} or (following == "{" and self._counts() is not None):
            raise PatternError("two repeats side by side", "put the first into a group: (a*)+")
        return bounds

    def _counts(self) -> tuple[int, int | None] | None:
        end = self._text.find("}", self._at)
        low, comma, high = self._text[self._at + 1 : end].partition(",") if end > 0 else ("", "", "")
        if not (low.isascii() and low.isdigit()) or not (high == "" or (high.isascii() and high.isdigit())):
            raise PatternError("`{` starts a repeat such as {2,5}", r"write \{ for the character itself")
        least, most = int(low[:9]), (int(high[:9]) if high else None) if comma else int(low[:9])
        if max(least, most or 0) > MAX_REPEAT or (most is not None and most < least):
            raise PatternError(f"a repeat goes from a smaller to a larger number, at most {MAX_REPEAT}")
        return least, most

    def _atom(self) -> tuple[Pattern, bool]:
        char = self._next("the pattern")
        if char == "(":
            return self._group(), True
        if char == "[":
            return self._set(self._bracket()), True
        if char == ".":
            return self._set(charset.complement(() if self._dot_all else ((10, 10),))), True
        if char in "^$":
            return Pattern(char, char), False
        if char == "\\":
            return self._escape()
        if char in "]}":
            return self._set(((ord(char), ord(char)),)), True
        return self._set(((ord(char), ord(char)),)), True

    def _group(self) -> Pattern:
        if self._peek() == "?":
            if self._text[self._at : self._at + 2] != "?:":
                raise PatternError(
                    f"`({self._text[self._at : self._at + 2]}` is not taken",
                    "only (...), (?:...) and (?i) at the start",
                )
            self._at += 2
        inner = self._alternatives()
        if self._next("a group") != ")":
            raise PatternError("a group is not closed")
        return Pattern(f"(?:{inner.re2})", f"(?:{inner.postgres})", inner.size)

    def _escape(self) -> tuple[Pattern, bool]:
        char = self._peek()
        if char in _BOUNDARIES and char:
            self._at += 1
            return Pattern(*_BOUNDARIES[char]), False
        if char in {"A", "z"}:
            self._at += 1
            position = "^" if char == "A" else "$"
            return Pattern(position, position), False
        return self._set(self._escaped()), True

    def _escaped(self) -> charset.Ranges:
        char = self._next("an escape")
        if char in {"d", "w", "s"}:
            return charset.named(char) or ()
        if char in {"D", "W", "S"}:
            return charset.complement(charset.named(char.lower()) or ())
        if char == "x":
            return self._hexadecimal()
        if char in _ESCAPES:
            return ((_ESCAPES[char], _ESCAPES[char]),)
        if char.isascii() and not char.isalnum() and char.isprintable():
            return ((ord(char), ord(char)),)
        raise PatternError(f"`\\{char}` is not taken", "back references and Unicode classes differ between databases")

    def _hexadecimal(self) -> charset.Ranges:
        if self._peek() == "{":
            end = self._text.find("}", self._at)
            digits = self._text[self._at + 1 : end] if end > 0 else ""
            self._at = end + 1
        else:
            digits = self._text[self._at : self._at + 2]
            self._at += 2
        try:
            code = int(digits, 16) if digits.isalnum() and len(digits) in range(1, 7) else 0
        except ValueError:
            code = 0
        if not 0 < code <= charset.LAST or 0xD800 <= code <= 0xDFFF:
            raise PatternError(r"`\x` needs two digits or {digits} of a character")
        return ((code, code),)

    def _bracket(self) -> charset.Ranges:
        negated = self._peek() == "^"
        self._at += negated
        ranges: list[tuple[int, int]] = []
        first = True
        while first or self._peek() != "]":
            first = False
            ranges.extend(self._member())
        self._at += 1
        found = charset.joined(ranges)
        if self._fold:
            found = charset.folded(found)
        if negated:
            found = charset.complement(found)
        if not found:
            raise PatternError("a set of no characters")
        return found

    def _member(self) -> Iterable[tuple[int, int]]:
        if self._text.startswith("[:", self._at):
            return self._posix()
        low = self._single()
        if self._peek() != "-" or self._text[self._at + 1 : self._at + 2] in {"]", ""}:
            return low
        self._at += 1
        high = self._single()
        if len(low) != 1 or len(high) != 1 or low[0][0] != low[0][1] or high[0][0] != high[0][1] or high < low:
            raise PatternError("a range goes from one character to a later one: [a-z]")
        return [(low[0][0], high[0][0])]

    def _single(self) -> charset.Ranges:
        char = self._next("a set [...]")
        return self._escaped() if char == "\\" else ((ord(char), ord(char)),)

    def _posix(self) -> charset.Ranges:
        end = self._text.find(":]", self._at)
        name = self._text[self._at + 2 : end] if end > 0 else ""
        found = charset.named(name.removeprefix("^")) if len(name) > 1 else None
        if found is None:
            raise PatternError(
                f"`[:{name}:]` is not a class", "alpha, digit, alnum, upper, lower, space, punct, xdigit"
            )
        self._at = end + 2
        return charset.complement(found) if name.startswith("^") else found

    def _set(self, ranges: charset.Ranges) -> Pattern:
        if self._fold:
            ranges = charset.folded(ranges)
        if len(ranges) == 1 and ranges[0][0] == ranges[0][1]:
            text = charset.char(ranges[0][0])
        else:
            text = charset.written(ranges)
        if text == "(?:.|\n)":
            return Pattern("(?s:.)", "(?:.|\n)", 1)
        return Pattern(text, text, 1)
