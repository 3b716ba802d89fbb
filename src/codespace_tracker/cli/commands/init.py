"""`init`: the state directory with sample files, and which one it is."""

import json
import os
import sys

import click

from codespace_tracker.cli import show
from codespace_tracker.cli.options import check_place, check_places, directory_option, state_directory, trust_option
from codespace_tracker.cli.tracker import does_not_end
from codespace_tracker.cli.trust import close_to_others, trust
from codespace_tracker.daemon import control
from codespace_tracker.daemon.surroundings import NO_MODES
from codespace_tracker.failure import Failure
from codespace_tracker.install import kept_program, login_shell, original_block, startup_files
from codespace_tracker.install.places import command as our_command
from codespace_tracker.machine import directory as directories
from codespace_tracker.machine import liveness
from codespace_tracker.machine.files import read_small, replace
from codespace_tracker.machine.rooted import rooted
from codespace_tracker.machine.state_directory import prepare
from codespace_tracker.machine.trusted_directory import is_own_directory
from codespace_tracker.views.scene import kept_plan


@click.command()
@click.option("--timezone", "time_zone", metavar="NAME", help='The time zone of "today", such as Asia/Kolkata.')
@click.option("--shell-hook", "hook", is_flag=True, help="Also bring the tracker back with each new shell.")
@trust_option
@directory_option
def command(time_zone: str | None, hook: bool, trusts: bool, dir_: str | None) -> None:
    """Make the state directory with sample files where they are missing, and record which one it is.

    Asks for the time zone when there is somebody to ask and no config.toml yet.
    """
    from codespace_tracker.cli.devcontainer import refresh as refresh_lines
    from codespace_tracker.config.samples import gone, write_missing
    from codespace_tracker.config.settings import NAME as CONFIG

    check_places()
    path = state_directory(dir_)
    check_place(path)
    has_config = os.path.lexists(rooted(os.path.join(path, CONFIG)))
    can_ask = sys.stdin.isatty() and sys.stdout.isatty()
    wrong = "" if time_zone is None else _wrong_time_zone(time_zone)
    if can_ask and not has_config and (time_zone is None or wrong):
        time_zone = _ask_time_zone(wrong)
    elif wrong:
        raise Failure(f"--timezone: {wrong}")
    _leave(directories.recorded(os.environ), path)
    made = prepare(path)
    if trusts:
        trust(path)
    if not close_to_others(path):
        click.echo(f"{path}: {NO_MODES}", err=True)
    kept = kept_plan(path).triggers
    for problem in write_missing(path, time_zone, kept):
        if problem != gone(kept):
            raise Failure(str(problem))
        click.echo(show.hanging("", f"{path}/{problem}"), err=True)  # the tracker tells it too, and counts on
    changed = _record(path) | made
    click.echo(f"State directory: {path}" if changed else f"State directory: {path} (unchanged)")
    if has_config and time_zone is not None:
        _set_time_zone(os.path.join(path, CONFIG), time_zone)
    hook = hook or _has_hook()
    _keep_program(path, hook)
    refresh_lines(path)
    _offer_to_remove_original(may_ask=can_ask and hook)
    if hook:
        _add_hook(path)


def _leave(before: str | None, path: str) -> None:
    """Stop the tracker of the directory that was recorded before: two would run, and nobody would know of the first."""
    if before is None or before == path or not is_own_directory(before) or liveness.running(before) == (None, None):
        return
    if not control.pause(before):
        raise does_not_end(before)
    click.echo(f"The tracker of {before} was stopped: this one takes its place. Its history stays there.")


def _set_time_zone(path: str, name: str) -> None:
    """Put the time zone into a config.toml that is there, and leave the rest of it as it is."""
    from codespace_tracker.config.toml_edit import with_setting

    content = read_small(path, 1 << 20)
    text = None if content is None else content.decode("utf-8", "surrogateescape")
    after = None if text is None else with_setting(text, "time_zone", name)
    if after is None:
        raise Failure(f"{path}: the time zone could not be set. Fix: write `time_zone = {json.dumps(name)}` into it.")
    written = after.encode("utf-8", "surrogateescape")
    if written != content:
        replace(path, written, durable=True)
        click.echo(f"Time zone: {name}")


def _keep_program(path: str, hook: bool) -> None:
    """Keep what a rebuild of the container would take. That it cannot be kept is said, and no more."""
    try:
        kept_program.keep(path, hook=hook)
    except (OSError, ImportError) as error:
        click.echo(f"The program could not be kept ({error}): after a rebuild, run setup.sh again.", err=True)


def _has_hook() -> bool:
    return bool(startup_files.holders(directories.home(os.environ), os.environ))


def _record(path: str) -> bool:
    """Record the directory; whether it was not recorded. That it cannot be is said, and no more."""
    if directories.recorded(os.environ) == path:
        return False
    try:
        directories.record(path, os.environ)
    except (OSError, ValueError) as error:
        click.echo(f"The directory could not be recorded ({error}): give --dir to each command.", err=True)
    return True


def _wrong_time_zone(name: str) -> str:
    """What is wrong with a time zone's name, empty if nothing is."""
    from codespace_tracker.config.settings import settings_from

    _, problems = settings_from(f"time_zone = {json.dumps(name)}")
    return f"{problems[0].message} Fix: {problems[0].mend.replace(' in quotes', '')}" if problems else ""


def _ask_time_zone(wrong: str) -> str:
    """Ask until the answer is a time zone; `wrong` says what was wrong with an earlier one, if there was any."""
    suggestion = _system_time_zone()
    while True:
        if wrong:
            click.echo(wrong)
        name: str = click.prompt("Your time zone, such as Asia/Kolkata", default=suggestion)
        wrong = _wrong_time_zone(name)
        if not wrong:
            return name


def _system_time_zone() -> str:
    link = os.path.realpath("/etc/localtime")
    name = os.environ.get("TZ") or link.partition("/zoneinfo/")[2] or "UTC"
    name = "UTC" if name in ("Etc/UTC", "Etc/UCT") else name
    return "UTC" if _wrong_time_zone(name) else name


def _add_hook(path: str) -> None:
    home = directories.home(os.environ)
    command = our_command(home, os.environ)
    for name, put in startup_files.put_everywhere(home, os.environ, path, command, ask=True).items():
        if isinstance(put.changed, OSError):
            why = put.changed.strerror
            click.echo(f"Shell hook: {name} could not be changed ({why}); put this into it:\n{put.text}", err=True)
        else:
            click.echo(f"Shell hook: {name}" + ("" if put.changed else " (unchanged)"))
    for shell in login_shell.shells(os.environ):
        if shell not in login_shell.SERVED:
            _, advice = startup_files.by_hand(shell, home, command)
            if advice:
                click.echo(f"Shell hook: your shell is {shell}, which has none. To have it start the tracker, {advice}")


def _offer_to_remove_original(may_ask: bool) -> None:
    """Ask about the original tool's block in startup files, where somebody can answer; else say how to remove it."""
    for path in original_block.holders(directories.home(os.environ)):
        told = f"{path} has the original tool's block. It ends each new shell once that tool's folder is gone."
        if not may_ask:
            click.echo(f"{told} To remove it: {original_block.command(path)}")
            continue
        click.echo(told)
        if click.confirm(f"Remove it? A copy stays in {path}{original_block.COPY}", default=True):
            try:
                original_block.remove(path)
            except OSError as error:
                click.echo(f"It could not be removed ({error}). Fix: {original_block.command(path)}", err=True)
