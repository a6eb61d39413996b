"""Many addresses looked at, beside each other and at a polite pace, in a thread of their own.

Whoever reads the results gets each as it ends, and may stop at any time: what was found is there already.
"""

from __future__ import annotations

import asyncio
import contextlib
import queue
import threading
from collections.abc import Iterator, Sequence

from itmsctl.discovery import way
from itmsctl.discovery.area import Address, Area
from itmsctl.discovery.found import FoundAddress
from itmsctl.discovery.service.probing import Prober, SnmpKey
from itmsctl.discovery.way import Way
from itmsctl.transports.pinging import Pinger, PingRefusedError

_LOOK_S = 0.2  # how often an interrupt is looked for while nothing ends


class Scanning:
    """A discovery that runs: iterate over it, and close it."""

    def __init__(self, area: Area, asked: Way, keys: Sequence[SnmpKey]) -> None:
        self.area, self.way, self.keys = area, asked, keys
        self.running = 0
        self.remarks: list[str] = []
        self._ended: queue.Queue[FoundAddress | BaseException | None] = queue.Queue()
        self._loop = asyncio.new_event_loop()
        self._task: asyncio.Task[None] | None = None
        self._thread = threading.Thread(target=self._run, name="discovery", daemon=True)

    def __iter__(self) -> Iterator[FoundAddress]:
        self._thread.start()
        while True:
            try:
                one = self._ended.get(timeout=_LOOK_S)
            except queue.Empty:
                continue
            if one is None:
                return
            if isinstance(one, BaseException):
                raise one
            yield one

    def close(self) -> list[FoundAddress]:
        """Stop: what runs is given up; return what had ended and was not read."""
        if self._thread.is_alive():
            with contextlib.suppress(RuntimeError):  # it has just ended
                self._loop.call_soon_threadsafe(self._cancel)
            self._thread.join()
        left = []
        while not self._ended.empty():
            one = self._ended.get()
            if isinstance(one, FoundAddress):
                left.append(one)
        return left

    def _cancel(self) -> None:
        if self._task is not None:
            self._task.cancel()

    def _run(self) -> None:
        try:
            self._task = self._loop.create_task(self._all())
            with contextlib.suppress(asyncio.CancelledError):
                self._loop.run_until_complete(self._task)
        except BaseException as error:  # noqa: BLE001 - it is raised where the results are read
            self._ended.put(error)
        finally:
            self._loop.run_until_complete(self._loop.shutdown_default_executor())
            self._loop.close()
            self._ended.put(None)

    async def _all(self) -> None:
        with contextlib.ExitStack() as stack:
            prober = Prober(self.way, self.keys, self._pingers(stack))
            free = asyncio.Semaphore(self.way.at_once)
            begin, pause = self._loop.time(), 1 / self.way.rate
            async with asyncio.TaskGroup() as group:
                for number, address in enumerate(self.area):
                    await free.acquire()
                    await asyncio.sleep(max(0.0, begin + number * pause - self._loop.time()))
                    self.running += 1
                    group.create_task(self._one(prober, free, address))

    async def _one(self, prober: Prober, free: asyncio.Semaphore, address: Address) -> None:
        try:
            self._ended.put(await prober.probe(address))
        finally:
            self.running -= 1
            free.release()

    def _pingers(self, stack: contextlib.ExitStack) -> dict[int, Pinger]:
        found: dict[int, Pinger] = {}
        if way.PING not in self.way.methods:
            return found
        for family in sorted({family for family, _ in self.area.spans}):
            try:
                found[family] = stack.enter_context(Pinger(family))
            except (PingRefusedError, OSError) as error:
                self.remarks.append(f"not pinged (IPv{family}): {error}")
        return found
