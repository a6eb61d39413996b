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
    argv = sys.argv[1:]
    if argv[-1:] == ["--help"]:
        from itmsctl.cli.complete import asks_help, stand_in_for_services

        if asks_help(argv):
            stand_in_for_services()
    status = main(argv)
    gc.freeze()  # or the interpreter would look for garbage once more, a tenth of a short command's CPU
    sys.exit(status)


if __name__ == "__main__":
    run()
