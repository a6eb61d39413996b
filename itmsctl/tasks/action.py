"""What a kind of task is: its arguments, and the operations that they lead to. It never runs anything."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Literal

from itmsctl.errors import InputError
from itmsctl.tasks.operations import Operation
from itmsctl.values.lean import dataclass
from itmsctl.values.names import did_you_mean
from itmsctl.values.naming import naming
from itmsctl.values.typed import TYPES, ValueType, is_template, type_of

Operations = Callable[[Mapping[str, Any]], tuple[Operation, ...]]


@dataclass(frozen=True)
class Argument:
    """One argument of a kind, as `--arg NAME=VALUE` gives it. `type` is a word of `typed`, or `choice(a,b)`."""

    name: str
    help: str
    type: str = "text"
    required: bool = False
    default: str | None = None

    @property
    def value_type(self) -> ValueType:
        """Return the type of its values."""
        return type_of(self.type, TYPES)


@dataclass(frozen=True)
class Action:
    """A kind of task: one file of `tasks/actions/`. `idempotent` and `destructive` hold where a task says neither.

    Arguments of a client's kind may be templates, those of a server's never are: there is no computer to fill them in.
    `operations` is given typed arguments, none for those that are absent. A kind with `has_text` is given `body` and
    `interpreter`, which no template touches.
    """

    name: str
    help: str
    operations: Operations
    side: Literal["client", "server"] = "client"
    arguments: tuple[Argument, ...] = ()
    idempotent: bool = False
    destructive: bool = False
    time_limit_s: float = 300.0
    has_text: bool = False

    def written(self, given: Mapping[str, str]) -> dict[str, str]:
        """Return arguments as they are stored: known, complete, each in its one form; templates as they are.

        Raises InputError.
        """
        known = {a.name: a for a in self.arguments}
        for name in given:
            if name not in known:
                hint = did_you_mean(name, known) or f"it takes: {', '.join(known) or 'none'}"
                error = InputError(f"a task of kind {self.name} has no argument `{name}`", hint=hint)
                raise error.about("arguments", name, key=True)
        for argument in self.arguments:
            if argument.required and not given.get(argument.name):
                raise InputError(
                    f"a task of kind {self.name} needs `{argument.name}`",
                    hint=f"--arg {argument.name}=...: {argument.help}",
                ).about("arguments", argument.name)
        found, later = {}, False
        for name, value in given.items():
            if self.side == "client" and is_template(value):
                found[name], later = value, True
            else:
                with naming("arguments", name):
                    found[name] = known[name].value_type.written(value, f"`{name}`")
        if not later:
            with naming("arguments"):
                self.operations(self.typed(found))
        return found

    def typed(self, given: Mapping[str, str]) -> dict[str, Any]:
        """Return every argument by its type, with defaults; none for what is absent. Raises InputError."""
        found: dict[str, Any] = {}
        for argument in self.arguments:
            text = given.get(argument.name, argument.default)
            if text is not None:
                text = argument.value_type.written(text, f"`{argument.name}`")
            found[argument.name] = None if text is None else argument.value_type.value(text)
        return found
