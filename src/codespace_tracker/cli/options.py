"""The options that several commands take, and the state directory that they mean."""

import contextlib
import os
from collections.abc import Callable
from typing import Any, TypeVar

import click

from codespace_tracker.failure import Failure
from codespace_tracker.machine import directory, environment
from codespace_tracker.machine.directory import Location
from codespace_tracker.machine.environment import CODESPACE
from codespace_tracker.machine.rooted import root_at
from codespace_tracker.machine.state_directory import holds_other_things
from codespace_tracker.machine.trusted_directory import (
    TO_HOLD,
    NotOurs,
    check_directory,
    only_we_rename,
    open_directory,
)

_F = TypeVar("_F", bound=Callable[..., Any])


def directory_option(function: _F) -> _F:
    """`--dir`, given to the command as `dir_`: turn it into a place with `location` or `state_directory`."""
    return click.option("--dir", "dir_", metavar="DIR", help="The state directory, if not the recorded one.")(function)


def trust_option(function: _F) -> _F:
    """`--trust-this-directory`, given to the command as `trusts`."""
    text = "Run triggers from it, though its file system cannot keep other users out."
    return click.option("--trust-this-directory", "trusts", is_flag=True, help=text)(function)


def json_option(function: _F) -> _F:
    """`--json`, given to the command as `as_json`."""
    return click.option("--json", "as_json", is_flag=True, help="Print JSON.")(function)


def label_argument(function: _F) -> _F:
    """A trigger's LABEL (or flag), completed by the shell."""
    return click.argument("label", shell_complete=_triggers)(function)


def trigger_argument(function: _F) -> _F:
    """LABEL as `label_argument` has it, given as `trigger`: for a command that has an option `--label` too."""
    return click.argument("trigger", metavar="LABEL", shell_complete=_triggers)(function)


def optional_label_argument(function: _F) -> _F:
    """LABEL as `label_argument` has it, None where it is left out."""
    return click.argument("label", required=False, shell_complete=_triggers)(function)


def _triggers(ctx: click.Context, _: click.Parameter, incomplete: str) -> list[Any]:
    """What the word may become: labels, or flags for those that a shell would have to be told of in quotes."""
    from click.shell_completion import CompletionItem

    from codespace_tracker.cli.trigger_names import names

    try:
        found = names(state_directory(ctx.params.get("dir_")), incomplete)
    except Exception:  # noqa: BLE001 - a shell that asks gets nothing, and no error between its lines
        return []
    return [CompletionItem(name, help=help_) for name, help_ in found]


def location(dir_: str | None) -> Location:
    """The state directory and who chose it. Raises Failure for root in the home of another user."""
    found = directory.locate(dir_, os.environ, environment.detect(os.environ).kind == CODESPACE)
    is_asked_for = found.source in ("--dir", "$CODESPACE_TRACKER_DIR")
    if not is_asked_for and found.path.startswith(f"{directory.home(os.environ)}/"):
        check_home()
    return found


def state_directory(dir_: str | None) -> str:
    """The state directory's path. Raises Failure, NotOurs: another user's is not even looked into."""
    path = location(dir_).path
    hold(path)
    return path


def hold(path: str) -> None:
    """Have this process work in the state directory that is at a path now, whatever is put there later.

    Raises NotOurs where it is another user's; Failure where our tracker works for that path in another directory: then
    somebody else can have put there what is there now; Failure where it is another folder of the user's.
    """
    if only_we_rename(path) or not os.path.exists("/proc/self/fd"):
        check_directory(path)
        _check_is_for_a_tracker(path)
        return
    from codespace_tracker.daemon import trackers  # rarely needed

    tracker = trackers.oldest_at(path)
    try:
        check_directory(path)
        fd = _opened(path)
        if tracker is not None and (fd is None or not os.path.samestat(os.fstat(fd), tracker.place)):
            raise NotOurs(path, "is not the directory that your tracker has.", "move that one back.")
    except NotOurs as error:
        if tracker is None:
            raise
        counts = f"Your tracker (process {tracker.pid}) counts on in {tracker.path}"
        raise Failure(f"{error} {counts}, and reads nothing of this one.") from error
    if fd is not None:
        root_at(path, fd)
    _check_is_for_a_tracker(path)


def _check_is_for_a_tracker(path: str) -> None:
    """Raises Failure where a folder holds other things: no mode and no file in it is to be changed."""
    with contextlib.suppress(OSError):  # who cannot read it is told so by what comes next
        if holds_other_things(path):
            mend = "Fix: choose an empty or a new folder with --dir."
            raise Failure(f"{path}: this folder holds other things and is no state directory. {mend}")


def _opened(path: str) -> int | None:
    try:
        return open_directory(path, TO_HOLD)
    except NotOurs:
        raise
    except OSError:
        return None


def check_home() -> None:
    """Raises Failure where root has the HOME of another user: what root writes there is in that user's hands."""
    home = directory.home(os.environ)
    if os.geteuid() != 0:
        return
    try:
        owner = os.stat(home).st_uid
    except OSError:
        return
    if owner != 0:
        raise Failure(
            f"you are root, and HOME is {home}, which belongs to user {owner}. Fix: for that user's tracker, run this"
            f" as that user (sudo -u '#{owner}' …); for one of root's own, with root's home (sudo -H …)."
        )


def check_places() -> None:
    """As `check_home`, for the folders that the environment names too: what is put into a user's startup files goes
    there. Raises Failure."""
    check_home()
    foreign = directory.foreign_folder(os.environ)
    if os.geteuid() == 0 and foreign is not None:
        raise Failure(
            f"you are root, and {foreign.variable} is {foreign.path}, which belongs to user {foreign.owner}. Fix: run"
            f" it without that variable (env -u {foreign.variable} …), or as that user (sudo -u '#{foreign.owner}' …)."
        )


def check_place(path: str) -> None:
    """Raises Failure where no state directory can or should be made, NotOurs where another user has one."""
    check_directory(path)
    parent = os.path.dirname(path)
    if not os.path.isdir(parent):
        raise Failure(f"{parent}: there is no such folder. Fix: make it, or choose another place with --dir.")
    if os.path.lexists(path) and not os.path.isdir(path):
        raise Failure(f"{path}: is a file, not a folder. Fix: choose another place with --dir.")
    if os.path.isdir(path) and not os.access(path, os.R_OK):
        raise Failure(f"{path}: cannot be read. Fix: `ls -ld` shows whose it is; or choose another with --dir.")
    place = path if os.path.isdir(path) else parent
    if not os.access(place, os.W_OK | os.X_OK):
        raise Failure(f"{place}: cannot be written. Fix: `ls -ld` shows whose it is; or choose another with --dir.")
