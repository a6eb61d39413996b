"""The group `completion`: scripts for shells."""

from __future__ import annotations

from itmsctl.cli.context import Context
from itmsctl.cli.options import group, verb

completion_app = group("Print the script by which a shell completes commands, options and names of this CMDB.")


@verb(completion_app, "bash")
def bash(context: Context) -> None:
    """Print the script for bash.

    Example: itmsctl completion bash > ~/.local/share/bash-completion/completions/itmsctl
    """
    _script(context, "bash")


@verb(completion_app, "zsh")
def zsh(context: Context) -> None:
    """Print the script for zsh.

    Example: itmsctl completion zsh > ~/.zfunc/_itmsctl
    """
    _script(context, "zsh")


@verb(completion_app, "fish")
def fish(context: Context) -> None:
    """Print the script for fish.

    Example: itmsctl completion fish > ~/.config/fish/completions/itmsctl.fish
    """
    _script(context, "fish")


def _script(context: Context, shell: str) -> None:
    from itmsctl.admin.service.pages import completion_script

    context.stdout.write(completion_script(shell))
