"""`init`: create the state directory with sample files, and record it."""

import contextlib
import json
import os
import sys

import click

from codespace_tracker.cli import show
from codespace_tracker.cli.options import (
    check_place,
    check_places,
    directory_option,
    state_directory,
    trust_option,
)
from codespace_tracker.cli.tracker import does_not_end
from codespace_tracker.cli.trust import close_to_others, trust
from codespace_tracker.daemon import control
from codespace_tracker.daemon.surroundings import NO_MODES
from codespace_tracker.failure import Failure
from codespace_tracker.install import kept_program, login_shell, original_block, startup_files
from codespace_tracker.install.places import command as our_command
from codespace_tracker.install.places import record_command
from codespace_tracker.machine import directory as directories
from codespace_tracker.machine import liveness
from codespace_tracker.machine.files import beside, read_small, replace
from codespace_tracker.machine.rooted import rooted
from codespace_tracker.machine.state_directory import prepare
from codespace_tracker.machine.trusted_directory import is_own_directory
from codespace_tracker.views.scene import last_configuration

_BY_SETUP = "CODESPACE_TRACKER_BY_SETUP"
"""Set by setup.sh, which starts the tracker itself."""


@click.command()
@click.option(
    "--timezone",
    "time_zone",
    metavar="NAME",
    help="Your time zone, which decides when a new day begins.",
)
@click.option(
    "--shell-hook", "hook", is_flag=True, help="Also start the tracker from every new shell."
)
@trust_option
@directory_option
def command(time_zone: str | None, hook: bool, trusts: bool, dir_: str | None) -> None:
    """Create the state directory with sample files. From then on, all commands use it.

    Existing files are kept. In a terminal it asks for the time zone if there is no config.toml yet.
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
    kept = last_configuration(path).triggers
    for problem in write_missing(path, time_zone, kept):
        if problem != gone(kept):
            raise Failure(str(problem))
        click.echo(
            show.hanging("", f"{path}/{problem}"), err=True
        )  # the tracker reports it too, and keeps counting
    changed = _record(path) | made
    with contextlib.suppress(OSError):  # only an editor needs it
        record_command(directories.home(os.environ), os.environ)
    click.echo(f"State directory: {path}" if changed else f"State directory: {path} (unchanged)")
    if has_config and time_zone is not None:
        _set_time_zone(os.path.join(path, CONFIG), time_zone)
    hook = hook or _has_hook()
    _keep_program(path, hook)
    refresh_lines(path)
    _offer_to_remove_original(may_ask=can_ask and hook)
    if hook:
        _add_hook(path)
    if can_ask and liveness.running(path).daemon is None and not os.environ.get(_BY_SETUP):
        click.echo("Next: codespace-tracker start")


def _leave(before: str | None, path: str) -> None:
    """Stop the tracker of the previously recorded directory, or two would run and one go
    unnoticed."""
    if (
        before is None
        or before == path
        or not is_own_directory(before)
        or liveness.running(before) == (None, None)
    ):
        return
    if not control.pause(before):
        raise does_not_end(before)
    click.echo(f"The tracker of {before} was stopped, as {path} replaces it.\nIts history is kept.")


def _set_time_zone(path: str, name: str) -> None:
    """Set the time zone in an existing config.toml, and leave the rest of the file as it is."""
    from codespace_tracker.config.toml_edit import with_setting

    content = read_small(path, 1 << 20)
    text = None if content is None else content.decode("utf-8", "surrogateescape")
    after = None if text is None else with_setting(text, "time_zone", name)
    if after is None:
        raise Failure(
            f"{path}: the time zone could not be set. Fix: add `time_zone = {json.dumps(name)}` "
            "to it."
        )
    written = after.encode("utf-8", "surrogateescape")
    if written != content:
        replace(path, written, durable=True, by=beside(path))
        click.echo(f"Time zone: {name}")


def _keep_program(path: str, hook: bool) -> None:
    """Keep a copy of what a rebuild of the container deletes. A failure is reported, not raised."""
    try:
        kept_program.keep(path, hook=hook)
    except (OSError, ImportError) as error:
        click.echo(
            f"No copy of the program could be kept ({error}). After a rebuild, run setup.sh again.",
            err=True,
        )


def _has_hook() -> bool:
    return bool(startup_files.holders(directories.home(os.environ), os.environ))


def _record(path: str) -> bool:
    """Record the directory; whether it was a new one. A failure is reported, not raised."""
    if directories.recorded(os.environ) == path:
        return False
    try:
        directories.record(path, os.environ)
    except (OSError, ValueError) as error:
        click.echo(
            f"The directory could not be recorded ({error}): use --dir with every command.",
            err=True,
        )
    return True


def _wrong_time_zone(name: str) -> str:
    """What is wrong with a time zone's name; empty if nothing is."""
    from codespace_tracker.config.settings import settings_from

    _, problems = settings_from(f"time_zone = {json.dumps(name)}")
    return (
        f"{problems[0].message} Fix: {problems[0].mend.replace(' in quotes', '')}"
        if problems
        else ""
    )


def _ask_time_zone(wrong: str) -> str:
    """Ask until the answer is a time zone; `wrong` is the problem with an earlier answer, if
    any."""
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
    for name, put in startup_files.put_everywhere(
        home, os.environ, path, command, ask=True
    ).items():
        if isinstance(put.changed, OSError):
            why = put.changed.strerror
            click.echo(
                f"Shell hook: {name} could not be changed ({why}); add this to it:\n{put.text}",
                err=True,
            )
        else:
            click.echo(f"Shell hook: {name}" + ("" if put.changed else " (unchanged)"))
    for shell in login_shell.shells(os.environ):
        if shell not in login_shell.SERVED:
            _, advice = startup_files.by_hand(shell, home, command)
            if advice:
                click.echo(
                    f"Shell hook: there is none for your shell, {shell}. To start the tracker "
                    f"from it, {advice}"
                )


def _offer_to_remove_original(may_ask: bool) -> None:
    """Offer to remove the original tool's block from startup files, or say how to."""
    for path in original_block.holders(directories.home(os.environ)):
        warning = (
            f"{path} contains the original tool's block, which ends every new shell once that "
            "tool's folder is gone."
        )
        if not may_ask:
            click.echo(f"{warning} To remove it: {original_block.command(path)}")
            continue
        click.echo(warning)
        if click.confirm(f"Remove it? A copy is kept in {path}{original_block.COPY}", default=True):
            try:
                original_block.remove(path)
            except OSError as error:
                click.echo(
                    f"It could not be removed ({error}). Fix: {original_block.command(path)}",
                    err=True,
                )
