"""How a program gets to an endpoint: one short line for the login shell, and the program by standard input.

The line has no newline, no `!` and no quote in its quotes, so that csh, tcsh and fish pass it on like sh does, and
nobody's `ps` shows pages of text. The program is bounded by the token of the call and a line with a dot: one whose
beginning or end is missing is not run.
"""

from __future__ import annotations

from collections.abc import Mapping

from itmsctl.errors import InputError
from itmsctl.values.untrusted import shell_arg

# READY proves that a shell ran at all; without it an ended session cannot have started anything. `read` takes byte by
# byte, so what follows the program stays in the stream.
LOADER = (
    'printf "ITMS1 %s READY 0 - - - - -\\n" "$1"; IFS= read -r w; [ "$w" = "$1" ] && '
    'p=$(while IFS= read -r w; do [ "$w" = . ] && exit 0; printf "%s\\n" "$w"; done; exit 1) || '
    '{ printf "ITMS1 %s TORN 0 - - - - - the program did not arrive whole\\n" "$1"; exit 0; }; eval "$p"'
)


def loader(token: str, user: str | None = None, prompt: str = "", *, asks: bool = False) -> list[str]:
    """Return the program that waits for a program, with its arguments; through sudo where a user is named.

    `prompt` is what sudo shows where it asks for a password.
    """
    shell = ["/bin/sh", "-c", LOADER, "itms", token]
    if user is None:
        return shell
    how = ["-S", "-k", "-p", prompt] if asks else ["-n"]
    return ["sudo", *how, "-H", "-u", user, "--", *shell]


def loaded(token: str, text: str, words: tuple[str, ...] = (), names: Mapping[str, str] | None = None) -> bytes:
    """Return what the loader reads: the text, which sees `words` as its arguments and `names` as its variables.

    Raises InputError for an argument or a variable of more than one line.
    """
    for value in (*words, *(names or {}).values()):
        if "\n" in value or "\0" in value:
            raise InputError("an argument for a computer holds a line feed or a NUL character")
    lines = [token, *(f"{name}={shell_arg(value)}" for name, value in (names or {}).items())]
    if words:
        lines.append("set -- " + " ".join(shell_arg(word) for word in words))
    return "\n".join([*lines, text.strip("\n"), ".", ""]).encode("utf-8", "surrogateescape")
