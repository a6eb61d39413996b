"""Progress of many computers on stderr: a bar on a terminal, lines or JSON where asked, nothing in a pipe."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

from itmsctl.cli import style

if TYPE_CHECKING:
    from itmsctl.cli.context import Context

BAR_S, PLAIN_S, JSON_S = 0.2, 5.0, 1.0  # the shortest time between two updates


class Progress:
    """How far a running verb has come. Call `update` as often as you like; it draws a few times a second at most."""

    def __init__(self, context: Context, total: int, what: str) -> None:
        self.context = context
        self.total = total
        self.what = what
        self.mode = _mode(context)
        self._last = 0.0
        self._bar: Any = None

    def update(self, done: int, running: int, *, force: bool = False) -> None:
        """Say how many are done and how many run now."""
        now = time.monotonic()
        pause = {"bar": BAR_S, "plain": PLAIN_S, "json": JSON_S}.get(self.mode)
        if pause is None or (not force and now - self._last < pause):
            return
        self._last = now
        if self.mode == "bar":
            self._draw(done, running)
        elif self.mode == "plain":
            self.context.stderr.write(f"{self.what}: {done} of {self.total} done, {running} running\n")
        else:
            line = {"type": "progress", "what": self.what, "done": done, "total": self.total, "running": running}
            self.context.stderr.write(json.dumps(line, ensure_ascii=False) + "\n")

    def leave_line(self) -> None:
        """Begin a line of its own for what is said while the bar is drawn; the bar goes on below it."""
        if self._bar is not None:
            self.context.stderr.write("\n")

    def close(self) -> None:
        """Take the bar away and give the cursor back."""
        if self._bar is not None:
            self._bar.stop()
            self._bar = None

    def _draw(self, done: int, running: int) -> None:
        if self._bar is None:
            from rich import progress

            self._bar = progress.Progress(
                progress.TextColumn("{task.description}", markup=False),
                progress.BarColumn(),
                progress.TextColumn("{task.completed:.0f}/{task.total:.0f}", markup=False),
                progress.TextColumn("{task.fields[running]} running", markup=False),
                progress.TimeElapsedColumn(),
                console=style.console(self.context.sources, self.context.stderr),
                auto_refresh=False,
                transient=True,
            )
            self._bar.start()
            self._bar.add_task(self.what, total=self.total, running=running)
        self._bar.update(self._bar.task_ids[0], completed=done, running=running)
        self._bar.refresh()


def _mode(context: Context) -> str:
    asked, _ = context.option("progress")
    if asked in {"plain", "json", "none"}:
        return str(asked)
    fit = context.stderr.isatty() and context.environment.get("TERM", "") != "dumb" and not context.settings.quiet
    return "bar" if fit else "none"
