"""The entry point of the process."""

from __future__ import annotations

import sys


def run() -> None:
    """Run the command line and leave with its exit status."""
    from itmsctl.cli.main import harden, main

    harden()
    sys.exit(main(sys.argv[1:]))


if __name__ == "__main__":
    run()
