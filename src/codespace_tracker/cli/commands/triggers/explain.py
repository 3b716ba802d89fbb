"""`triggers explain`: why a trigger has or has not fired, and when it will."""

import os
import shlex
from typing import TYPE_CHECKING

import click

from codespace_tracker.cli import show
from codespace_tracker.cli.options import (
    directory_option,
    json_option,
    label_argument,
    state_directory,
)
from codespace_tracker.cli.outlook import notes, with_bar
from codespace_tracker.cli.run_variables import of_runs
from codespace_tracker.cli.standing_by_files import look_at_files
from codespace_tracker.cli.trigger_json import content
from codespace_tracker.core.clock import DAY_US
from codespace_tracker.core.trigger import Script, Trigger
from codespace_tracker.ledger.connect import LedgerMissing
from codespace_tracker.ledger.occurrences import Occurrence, Occurrences, Run
from codespace_tracker.machine import environment
from codespace_tracker.machine.flag_files import FOLDER
from codespace_tracker.views import trigger_words as words
from codespace_tracker.views import wording
from codespace_tracker.views.naming import typed
from codespace_tracker.views.scene import open_ledger
from codespace_tracker.views.standing import Standing

if TYPE_CHECKING:
    from codespace_tracker.views.editors import Signs
    from codespace_tracker.views.json_types.triggers import (
        ExactRunJson,
        ExplainedJson,
        LevelJson,
        PastJson,
    )

_AHEAD_US = 62 * DAY_US
_SHOWN = 3  # of its last runs
_COMMAND = 300  # characters of a command

History = list[tuple[Occurrence, list[Run]]]


@click.command()
@label_argument
@directory_option
@json_option
def command(label: str, dir_: str | None, as_json: bool) -> None:
    """Explain why a trigger has or has not fired, and when it will."""
    directory = state_directory(dir_)
    standing = look_at_files(directory)
    n = standing.place_of(label)
    trigger, wait = standing.triggers[n], standing.waits().get(n)
    fires_at = foreseen_at(standing, trigger)
    history = _history(directory, trigger)
    if as_json:
        click.echo(show.json_text(_content(directory, standing, n, wait, fires_at, history)))
        return
    signs = _signs(directory, standing, trigger)
    click.echo(show.bold(wording.printable(trigger.label)))
    for name, text in (
        ("Fires", words.conditions(trigger)),
        *_levels(standing, trigger),
        ("Next", with_bar(standing, n, wait)),
        (
            "",
            ""
            if fires_at is None
            else f"{wording.moment(fires_at, standing.configuration.zone)}, if the machine keeps "
            "running",
        ),
        ("Why", _why(directory, standing, trigger, signs)),
        *_seen(signs),
        ("Runs", _script(trigger)),
        ("In", _folder(directory, trigger.script)),
        ("Flag", _flag(standing, trigger)),
        ("Since", _since(standing, n)),
        *_last(standing, history),
    ):
        if text:
            click.echo(show.hanging(f"  {name:6}  ", wording.printable(text)))
    for note in notes(standing):
        click.echo("\n" + show.hanging("", note))


def _since(standing: Standing, n: int) -> str:
    at = standing.armed[n][1].at
    if standing.by_files and at == standing.moment.at:
        return "this edit is not in force yet"
    return f"{wording.moment(at, standing.configuration.zone)}, when it was last added or edited"


def _levels(standing: Standing, trigger: Trigger) -> list[tuple[str, str]]:
    lines = [
        words.level(level, standing.measured(level)) for level in trigger.levels if level.threshold
    ]
    return [("So far" if n == 0 else "", line) for n, line in enumerate(lines)]


def foreseen_at(standing: Standing, trigger: Trigger) -> int | None:
    """When it will fire if the machine keeps running (UTC µs); None if that cannot be predicted."""
    found = standing.foreseen(_AHEAD_US, 1000, trigger.flag).found
    return next(
        (standing.moment.at + one.in_us for one in found if one.due.trigger is trigger), None
    )


def _why(directory: str, standing: Standing, trigger: Trigger, signs: "Signs | None") -> str:
    """What keeps it from firing or makes it wait, besides its levels; empty if nothing does."""
    name = typed(trigger, standing.triggers)
    going = standing.going.get((trigger.flag, trigger.label))
    if going is not None and going.state == "queued":
        most = standing.configuration.settings.runs_at_once
        return (
            f"it waits its turn: {wording.count(most, 'script')} may run at once (runs_at_once in "
            "config.toml)"
        )
    if going is not None:
        return ""
    if not trigger.enabled:
        return f"it is disabled; to enable it: codespace-tracker triggers enable {name}"
    if trigger.flag in standing.held:
        return (
            f"you created the flag {os.path.join(directory, FOLDER, trigger.flag)}; remove it to "
            "let the trigger fire"
        )
    if trigger.scope != "edge" and trigger.flag in standing.spent:
        rearm = f"codespace-tracker triggers rearm {name}"
        last = standing.last.get(trigger.flag)
        if last is not None and last.reason == "imported":
            return (
                "imported time met its conditions, and an import runs nothing; to let it fire: "
                f"{rearm}"
            )
        return f"it fires {words.scope(trigger)}, and has fired; to let it fire again: {rearm}"
    if signs is not None:
        return _why_idle(standing, signs)
    if trigger.edge is not None and trigger.edge.text == "session_end":
        return (
            "a codespace gives no warning before it is switched off;"
            " this fires only where the machine announces its shutdown"
        )
    return ""


def _why_idle(standing: Standing, signs: "Signs") -> str:
    if standing.idle_us is None:
        found = signs.hiding()
        return "it is unknown whether you are there, and until it is known this does not fire: " + (
            "; ".join(found) if found else "it will be known in about a minute"
        )
    ago = wording.about(standing.idle_us)
    return f"no one has been there for {ago}; it fires once each time you are away"


def _signs(directory: str, standing: Standing, trigger: Trigger) -> "Signs | None":
    """What tells whether someone is there, if the trigger goes by that."""
    if trigger.edge is None or trigger.edge.kind != "idle":
        return None
    from codespace_tracker.views.editors import Signs  # looks at all processes

    return Signs(directory, standing.moment.at)


def _seen(signs: "Signs | None") -> list[tuple[str, str]]:
    lines = [] if signs is None else signs.seen()
    return [("Sees" if n == 0 else "", line) for n, line in enumerate(lines)]


def _script(trigger: Trigger) -> str:
    script = trigger.script
    command = (
        " ".join([*script.shell, shlex.quote(script.command)])
        if script.shell != ("sh", "-c")
        else script.command
    )
    text = command if len(command) <= _COMMAND else f"{command[:_COMMAND]}…"
    return f"{text}{_download(script)}"


def _folder(directory: str, script: Script) -> str:
    """The folder it runs in. Variables in it are shown by name, as one may hold a secret."""
    variables = of_runs(directory)
    workspace = environment.workspace(variables)
    if not script.cwd:
        is_home = workspace == variables.get("HOME")
        return f"{workspace} ({'your home directory' if is_home else 'the workspace folder'})"
    return script.cwd if script.cwd[0] in "~$" else os.path.join(workspace, script.cwd)


def _download(script: Script) -> str:
    if not script.url:
        return ""
    from codespace_tracker.core import address

    pinned = "pinned" if script.sha256 else "not pinned"
    return f", after downloading {address.shown(script.url)} ({pinned})"


def _flag(standing: Standing, trigger: Trigger) -> str:
    sharing = [
        one.label for one in standing.triggers if one.flag == trigger.flag and one is not trigger
    ]
    if not sharing:
        return trigger.flag
    return (
        f"{trigger.flag}, shared with {', '.join(sharing)}: when one of them fires, all count as "
        "fired"
    )


def _history(directory: str, trigger: Trigger) -> History:
    try:
        ledger = open_ledger(directory)
    except LedgerMissing:  # before the first start
        return []
    with ledger:
        occurrences = Occurrences(ledger)
        with ledger.snapshot():
            return [
                (one, occurrences.runs_of(one.id))
                for one in occurrences.of_flag(trigger.flag, _SHOWN)
            ]


def _last(standing: Standing, history: History) -> list[tuple[str, str]]:
    """Its last runs, the newest first."""
    lines = []
    for occurrence, runs in history:
        if not runs:
            lines.append(
                f"{wording.moment(occurrence.claimed_at, standing.configuration.zone)}  "
                f"{words.state(occurrence)}"
            )
        for run in reversed(runs):
            ended = words.result(run) + (
                f"; {words.reason(occurrence)}" if run is runs[-1] and occurrence.reason else ""
            )
            attempt = f" (attempt {run.attempt})" if len(runs) > 1 else ""
            lines.append(
                f"{wording.moment(run.started_at, standing.configuration.zone)}  {ended}{attempt}"
            )
    return [
        ("Last" if n == 0 else "", line) for n, line in enumerate(lines or ["it has not fired yet"])
    ]


def _content(
    directory: str,
    standing: Standing,
    n: int,
    wait: int | None,
    fires_at: int | None,
    history: History,
) -> "ExplainedJson":
    trigger, iso = standing.triggers[n], standing.configuration.zone.iso
    levels: list[LevelJson] = [
        {"measure": level.measure, "threshold": level.threshold, "now": standing.measured(level)}
        for level in trigger.levels
    ]
    past: list[PastJson] = [
        {
            "due_at": iso(occurrence.due_at),
            "state": occurrence.state,
            "reason": occurrence.reason,
            "runs": [_run(run) for run in runs],
        }
        for occurrence, runs in history
    ]
    return {
        **content(standing, n, wait),
        "fires_at": None if fires_at is None else iso(fires_at),
        "levels": levels,
        "script_command": trigger.script.command,
        "script_url": trigger.script.url,
        "folder": _folder(directory, trigger.script),
        "history": past,
        "in_force": standing.is_up_to_date,
    }


def _run(run: Run) -> "ExactRunJson":
    return {
        "name": run.name,
        "attempt": run.attempt,
        "started_at": run.started_at,
        "ended_at": run.ended_at,
        "duration_us": run.duration_us,
        "result": run.result,
        "exit_code": run.exit_code,
        "signal": run.signal,
        "detail": run.detail,
    }
