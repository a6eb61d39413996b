"""The entry point of the process."""

from __future__ import annotations

import gc
import sys


def run() -> None:
    """Run the command line and leave with its exit status."""
    # Start-up makes modules and classes only, none of them garbage: looking for some took a seventh of its CPU.
    gc.disable()
    from itmsctl.cli.main import harden, main

    harden()
    sys.exit(main(sys.argv[1:]))


if __name__ == "__main__":
    run()
