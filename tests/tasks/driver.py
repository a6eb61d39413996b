"""Run one command of itmsctl, and die by SIGKILL when it reaches a checkpoint for the n-th time.

python -m tests.tasks.driver CHECKPOINT N ARGV...
"""

from __future__ import annotations

import os
import signal
import sys
import threading

from itmsctl.tasks import checkpoints


def arm(name: str, nth: int) -> None:
    """Put death in the place of a checkpoint."""
    lock = threading.Lock()
    seen = 0

    def reached(found: str) -> None:
        nonlocal seen
        if found != name:
            return
        with lock:
            seen += 1
            if seen == nth:
                os.kill(os.getpid(), signal.SIGKILL)

    checkpoints.reached = reached


def main() -> None:
    from itmsctl.cli.main import harden
    from itmsctl.cli.main import main as command
    from itmsctl.tasks.service import session

    session.PATIENCE_S = 0.0  # every step's end is handed over by itself
    arm(sys.argv[1], int(sys.argv[2]))
    harden()
    sys.exit(command(sys.argv[3:]))


if __name__ == "__main__":
    main()
