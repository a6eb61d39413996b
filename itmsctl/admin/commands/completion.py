"""The group `completion`: scripts for shells."""

from __future__ import annotations

import typer

from itmsctl.cli.options import group, verb

completion_app = group("Print the script by which a shell completes commands, options and names of this CMDB.")


@verb(completion_app, "bash")
def bash(ctx: typer.Context) -> None:
    """Print the script for bash.

    Example: itmsctl completion bash > ~/.local/share/bash-completion/completions/itmsctl
    """
    _script(ctx, "bash")


@verb(completion_app, "zsh")
def zsh(ctx: typer.Context) -> None:
    """Print the script for zsh.

    Example: itmsctl completion zsh > ~/.zfunc/_itmsctl
    """
    _script(ctx, "zsh")


@verb(completion_app, "fish")
def fish(ctx: typer.Context) -> None:
    """Print the script for fish.

    Example: itmsctl completion fish > ~/.config/fish/completions/itmsctl.fish
    """
    _script(ctx, "fish")


def _script(ctx: typer.Context, shell: str) -> None:
    from itmsctl.admin.service.pages import completion_script

    ctx.obj.stdout.write(completion_script(shell))
