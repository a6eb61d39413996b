"""Run one command of itmsctl, and die by SIGKILL at a checkpoint of a tick or of a run, reached for the n-th time.

python -m tests.policies.driver CHECKPOINT N ARGV...
"""

from __future__ import annotations

import sys

from itmsctl.policies import checkpoints as of_ticks
from itmsctl.tasks import checkpoints as of_runs
from tests.tasks.driver import arm


def main() -> None:
    from itmsctl.cli.main import harden
    from itmsctl.cli.main import main as command

    arm(sys.argv[1], int(sys.argv[2]))
    of_ticks.reached = of_runs.reached  # type: ignore[assignment]
    harden()
    sys.exit(command(sys.argv[3:]))


if __name__ == "__main__":
    main()
