"""The group `agent`."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer

from itmsctl.agents import columns
from itmsctl.agents.kinds import REJECTED, REVOKED, STATES
from itmsctl.agents.pushing import ACTION, TIMERS, UNINSTALL
from itmsctl.cli.complete import any_of, names_of
from itmsctl.cli.context import Context
from itmsctl.cli.naming import SEVERAL, given_names
from itmsctl.cli.options import DryRun, group, verb
from itmsctl.cli.out import Force, refuse_in_use
from itmsctl.errors import UsageError
from itmsctl.tasks import columns as run_columns
from itmsctl.tasks.commands.task_options import RunAs, RunRequest
from itmsctl.values.counts import counted
from itmsctl.values.names import did_you_mean

agent_app = group("Have computers act by themselves: build their agent, take them on, give them policy.")

Agents = Annotated[list[str], typer.Argument(metavar="AGENT", help=f"Names or ids of agents. {SEVERAL}")]
SettingsName = Annotated[
    str | None,
    typer.Option(
        "--settings",
        metavar="NAME",
        help="Agent settings that say where it reads and tells.",
        autocompletion=names_of("agent-settings"),
    ),
]
Why = Annotated[str | None, typer.Option("--why", metavar="TEXT", help="Why: it is kept and shown.")]
States = Annotated[
    list[str],
    typer.Option(
        "--state",
        metavar="STATE",
        help=f"Only in this state: {', '.join(STATES)}.",
        autocompletion=any_of(STATES),
    ),
]


InboxKey = Annotated[
    str | None,
    typer.Option("--inbox-key", metavar="FILE", help="Private key that lets it into an SFTP inbox."),
]


@verb(agent_app, "build")
def build(
    context: Context,
    out: Annotated[Path, typer.Option("--out", metavar="FILE", help="Write the agent here.")],
    site: Annotated[
        str | None,
        typer.Option("--site", metavar="SITE", help="For computers of this site.", autocompletion=names_of("site")),
    ] = None,
    settings: SettingsName = None,
    source: Annotated[
        str | None, typer.Option("--from", metavar="PLACE", help="Where it reads policy: a folder, or http(s)://...")
    ] = None,
    inbox: Annotated[
        str | None, typer.Option("--inbox", metavar="PLACE", help="Where it tells: a folder, or sftp://USER@HOST/PATH.")
    ] = None,
    inbox_key: InboxKey = None,
    known_hosts: Annotated[
        str | None,
        typer.Option("--known-hosts", metavar="FILE", help="Host keys of that server, as OpenSSH keeps them."),
    ] = None,
    force: Force = False,
) -> None:
    """Build the agent: one file for images, scripts, links and computers that are seldom on the network.

    It runs by Python 3.6 or newer, on Linux, macOS and other UNIXes. There `sh itms-agent install` puts it into a
    folder of its own and has cron or systemd call it; `check-in` does what is due; `uninstall` takes all away.
    Its key is made where it runs: the file itself is the same for all, so an image may hold it, not yet installed.

    Examples:

      itmsctl agent build --out itms-agent

      itmsctl agent build --out itms-agent --from http://pkg.rome.example/policy --inbox /mnt/inbox
    """
    from itmsctl.agents.service.building import AgentPlan, write_agent
    from itmsctl.agents.service.building import build as built

    refuse_in_use(context, out)
    data = built(context.store, AgentPlan(site, settings, source, inbox, inbox_key, known_hosts))
    write_agent(out, data, force=force)
    context.say(f"{out}: {len(data) / 1000:,.0f} kB; on a computer: sh {out.name} install, then sh {out.name} check-in")


@verb(agent_app, "list", columns=columns.AGENT)
def list_agents(context: Context, states: States = []) -> None:
    """List agents: whether they are trusted, and how far their policy has come.

    Example: itmsctl agent list --state pending
    """
    from itmsctl.agents.service import registry

    for state in states:
        if state not in STATES:
            raise UsageError(f"`{state}` is none of {', '.join(STATES)}", hint=did_you_mean(state, STATES))
    found = context.read(registry.listed, states)
    context.out.list(
        columns.AGENT, [one.as_dict() for one in found], empty="no agent has asked yet: itmsctl agent build"
    )


@verb(agent_app, "status", columns=columns.STATUS)
def status(context: Context) -> None:
    """Say how all agents are: who is trusted, acts by the newest policy, is silent, and which versions there are.

    Silent is who was not heard of for two check-ins, by the longest interval of agent settings. Complaining is who
    refuses its policy or a version. `agent list` names them.

    Example: itmsctl agent status
    """
    from itmsctl.agents.service import standing

    context.out.show(columns.STATUS, context.read(standing.status))


@verb(agent_app, "show", columns=columns.AGENT)
def show(
    context: Context, name: Annotated[str, typer.Argument(metavar="AGENT", help="Name or id of the agent.")]
) -> None:
    """Show an agent, and what it said of its computer when it asked to be taken on.

    Example: itmsctl agent show web1
    """
    from itmsctl.agents.service import registry

    [found] = context.read(registry.named, [name])
    context.out.show(columns.AGENT, found.as_dict() | {"told": dict(found.told)})


@verb(agent_app, "approve", columns=columns.AGENT)
def approve(
    context: Context,
    names: Agents,
    computer: Annotated[
        str | None,
        typer.Option(
            "--computer",
            metavar="NAME",
            help="The computer that it is of, where it does not say so.",
            autocompletion=names_of("computer"),
        ),
    ] = None,
    replace: Annotated[
        bool, typer.Option("--replace", help="Let it take the place of the agent that its computer has.")
    ] = False,
    dry_run: DryRun = False,
) -> None:
    """Take agents on: from the next `agent publish` on they get policy. All or none.

    Each is of the computer that it says: that is recognised as in inventories, or added. Look first: `agent show`.

    Example: itmsctl agent approve web1 web2
    """
    from itmsctl.agents.service import trust

    found = context.write(trust.approve, _given(context, names), computer, replace_others=replace, dry_run=dry_run)
    for one in found:
        context.done(f"{one.name}: approved, of computer {one.computer_name}", dry_run=dry_run)


@verb(agent_app, "judge", columns=columns.AGENT)
def judge(
    context: Context,
    names: Annotated[
        list[str] | None,
        typer.Argument(metavar="AGENT", help=f"Names or ids of agents; without, all that wait. {SEVERAL}"),
    ] = None,
    dry_run: DryRun = False,
) -> None:
    """Judge agents that wait by the rules of registration: those that ask are, when they are collected.

    After a rule was added or changed this applies it to those that asked before.

    Example: itmsctl agent judge --dry-run
    """
    from itmsctl.agents.service import judging

    found = context.write(judging.judge_named, _given(context, names) if names else [], dry_run=dry_run)
    for one in found:
        context.done(f"{one.name}: {one.state}{f', {one.why}' if one.why else ''}", dry_run=dry_run)
    if not found:
        context.say("no agent waits")


@verb(agent_app, "explain", columns=columns.JUDGED_RULE)
def explain(
    context: Context, name: Annotated[str, typer.Argument(metavar="AGENT", help="Name or id of the agent.")]
) -> None:
    """Say which rule of registration decides about an agent, and why the others do not.

    Example: itmsctl agent explain web1
    """
    from itmsctl.agents.service import judging

    found = context.read(judging.explain, name)
    context.out.list(columns.JUDGED_RULE, found, empty="there is no rule: itmsctl registration-rule add")
    decides = next((one for one in found if one["decides"]), None)
    context.say(f"{name}: {decides['action']} by rule {decides['rule']}" if decides else f"{name}: no rule fits it")


@verb(agent_app, "reject")
def reject(context: Context, names: Agents, why: Why = None, dry_run: DryRun = False) -> None:
    """Refuse agents that wait. All or none.

    Example: itmsctl agent reject web9 --why 'not ours'
    """
    _decide(context, names, REJECTED, why, dry_run=dry_run)


@verb(agent_app, "revoke")
def revoke(context: Context, names: Agents, why: Why = None, dry_run: DryRun = False) -> None:
    """Revoke agents: nothing that they tell is believed, and `agent publish` takes their policy away. All or none.

    Example: itmsctl agent revoke web1 --why stolen
    """
    _decide(context, names, REVOKED, why, dry_run=dry_run)


@verb(agent_app, "publish", columns=columns.PUBLISHED)
def publish(
    context: Context,
    folder: Annotated[
        Path | None,
        typer.Option("--folder", metavar="DIR", help="Write all of it here. Default: where agent settings say."),
    ] = None,
    again: Annotated[bool, typer.Option("--again", help="Write everything again, not only what has changed.")] = False,
) -> int:
    """Write signed policy for all agents that are trusted, into the shares or web folders of their settings.

    Each agent has a file of its own, signed with the key of this server, numbered, and good for a time; it is written
    again where something in it changed, or half of that time is over. The schedule of agent settings does the same.

    Example: itmsctl agent publish
    """
    from itmsctl.agents.service import publishing

    done = publishing.publish(context.store, folder, again=again)
    context.out.show(columns.PUBLISHED, done.as_dict())
    for name, why in done.missing:
        context.say(f"{name}: {why}")
    context.say(f"{counted(done.written, 'policy')} written, {done.kept} kept, {done.removed} files taken away")
    return 7 if done.missing else 0


def _decide(context: Context, names: list[str], state: str, why: str | None, *, dry_run: bool) -> None:
    from itmsctl.agents.service import trust

    for one in context.write(trust.decide, _given(context, names), state, why, dry_run=dry_run):
        context.done(f"{one.name}: {one.state}", dry_run=dry_run)


def _given(context: Context, names: list[str]) -> list[str]:
    return given_names(context, names, "agent")


Timer = Annotated[
    str | None,
    typer.Option(
        "--timer",
        metavar="WHAT",
        help="What calls it there: auto (the default), systemd, cron, none.",
        autocompletion=any_of(TIMERS),
    ),
]


InboxHosts = Annotated[
    str | None,
    typer.Option("--inbox-hosts", metavar="FILE", help="Host keys of that server, as OpenSSH keeps them."),
]


@verb(agent_app, "push", columns=run_columns.RESULT)
def push(
    context: Context,
    settings: SettingsName = None,
    timer: Timer = None,
    inbox_key: InboxKey = None,
    inbox_hosts: InboxHosts = None,
    run_as: RunAs = None,
    *,
    asked: RunRequest,
) -> int:
    """Put the agent on computers that are reached now, and take it on: from then on they act by themselves.

    It is put into a folder of its own and called by cron or systemd; where it is there already it is renewed, and
    keeps its key. It belongs to the computer that was reached. Then: itmsctl agent publish.

    Examples:

      itmsctl agent push --target web-servers --profile fleet --run-as root

      itmsctl agent push --all --key ~/.ssh/id_ed25519 --batch 1,10%,100% --max-fail 2
    """
    typed = {"settings": settings, "timer": timer, "inbox_key": inbox_key, "inbox_hosts": inbox_hosts}
    return _launched(context, _given_of(typed), run_as, asked)


@verb(agent_app, "upgrade", columns=run_columns.RESULT)
def upgrade(
    context: Context,
    settings: SettingsName = None,
    inbox_key: InboxKey = None,
    inbox_hosts: InboxHosts = None,
    run_as: RunAs = None,
    *,
    asked: RunRequest,
) -> int:
    """Put the agent of this version on computers that are reached now: it keeps its key and its state.

    Example: itmsctl agent upgrade --target web-servers --profile fleet --run-as root
    """
    typed = {"settings": settings, "inbox_key": inbox_key, "inbox_hosts": inbox_hosts}
    return _launched(context, _given_of(typed), run_as, asked)


@verb(agent_app, "uninstall", columns=run_columns.RESULT)
def uninstall(context: Context, run_as: RunAs = None, *, asked: RunRequest) -> int:
    """Take the agent away from computers that are reached now, with all that it made there, and revoke it.

    Example: itmsctl agent uninstall --target web-servers --profile fleet --run-as root
    """
    return _launched(context, {"do": UNINSTALL}, run_as, asked)


def _given_of(typed: Mapping[str, str | None]) -> dict[str, str]:
    return {name: value for name, value in typed.items() if value is not None}


def _launched(context: Context, given: dict[str, str], run_as: str | None, asked: RunRequest) -> int:
    from itmsctl.agents.service.server_key import policy_key
    from itmsctl.tasks.commands.launching import Work, launch
    from itmsctl.tasks.program import Program
    from itmsctl.tasks.step import Step

    policy_key(context.store)
    arguments = ACTION.written(given)
    step = Step(ACTION.name, ACTION.name, arguments=arguments, run_as=run_as, time_limit_s=ACTION.time_limit_s)
    return launch(context, Work(Program.of(step)), asked)
