"""The options that several commands share, and the state directory they refer to.

click is imported by those who ask for an option: `status` without any needs only the directory."""

from __future__ import annotations

import os

from codespace_tracker.core.suppress import suppress
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

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, TypeVar

    import click

    _F = TypeVar("_F", bound=Callable[..., Any])


def directory_option(function: _F) -> _F:
    """`--dir`, passed to the command as `dir_`; `location` or `state_directory` resolves it."""
    import click

    return click.option(
        "--dir", "dir_", metavar="DIR", help="Use this state directory instead of the default one."
    )(function)


def trust_option(function: _F) -> _F:
    """`--trust-this-directory`, passed to the command as `trusts`."""
    import click

    text = "Run triggers even if other users can change the files here."
    return click.option("--trust-this-directory", "trusts", is_flag=True, help=text)(function)


def json_option(function: _F) -> _F:
    """`--json`, passed to the command as `as_json`."""
    import click

    return click.option("--json", "as_json", is_flag=True, help="Print JSON.")(function)


def label_argument(function: _F) -> _F:
    """A trigger's LABEL (or flag), completed by the shell."""
    import click

    return click.argument("label", shell_complete=_triggers)(function)


def trigger_argument(function: _F) -> _F:
    """LABEL as in `label_argument`, passed as `trigger`: for a command that also has `--label`."""
    import click

    return click.argument("trigger", metavar="LABEL", shell_complete=_triggers)(function)


def optional_label_argument(function: _F) -> _F:
    """LABEL as in `label_argument`, or None if it is left out."""
    import click

    return click.argument("label", required=False, shell_complete=_triggers)(function)


def _triggers(ctx: click.Context, _: click.Parameter, incomplete: str) -> list[Any]:
    """Completions of a word: labels, or flags where a label would need quotes."""
    from click.shell_completion import CompletionItem

    from codespace_tracker.cli.trigger_names import names

    try:
        found = names(state_directory(ctx.params.get("dir_")), incomplete)
    except Exception:  # noqa: BLE001 - no error may appear in the middle of a prompt
        return []
    return [CompletionItem(name, help=help_) for name, help_ in found]


def location(dir_: str | None) -> Location:
    """The state directory and what chose it. Raises Failure for root in another user's home."""
    found = directory.locate(dir_, os.environ, environment.detect(os.environ).kind == CODESPACE)
    is_asked_for = found.source in ("--dir", "$CODESPACE_TRACKER_DIR")
    if not is_asked_for and found.path.startswith(f"{directory.home(os.environ)}/"):
        check_home()
    return found


def state_directory(dir_: str | None) -> str:
    """The state directory's path. Raises Failure, and NotOurs without reading anything of another
    user's directory."""
    path = location(dir_).path
    hold(path)
    return path


def hold(path: str) -> None:
    """Make this process use the state directory that is at a path now, even if it is replaced
    later.

    Raises NotOurs if it belongs to another user. Raises Failure if our tracker for that path works
    in a different directory (another user may have swapped it), or if it is not a state directory.
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
        if tracker is not None and (
            fd is None or not os.path.samestat(os.fstat(fd), tracker.place)
        ):
            raise NotOurs(
                path, "is not the directory that your tracker uses.", "move that one back."
            )
    except NotOurs as error:
        if tracker is None:
            raise
        counts = f"Your tracker (process {tracker.pid}) keeps counting in {tracker.path}"
        raise Failure(f"{error} {counts} and reads nothing here.") from error
    if fd is not None:
        root_at(path, fd)
    _check_is_for_a_tracker(path)


def _check_is_for_a_tracker(path: str) -> None:
    """Raises Failure if a folder contains other things: nothing in it may be changed then."""
    with suppress(OSError):  # if it cannot be read, the next step says so
        if holds_other_things(path):
            mend = "Fix: choose an empty or new folder with --dir."
            raise Failure(
                f"{path}: this folder contains other things and is not a state directory. {mend}"
            )


def _opened(path: str) -> int | None:
    try:
        return open_directory(path, TO_HOLD)
    except NotOurs:
        raise
    except OSError:
        return None


def check_home() -> None:
    """Raises Failure if root runs with another user's HOME, who could then change what root
    writes."""
    home = directory.home(os.environ)
    if os.geteuid() != 0:
        return
    try:
        owner = os.stat(home).st_uid
    except OSError:
        return
    if owner != 0:
        raise Failure(
            f"you are root, and HOME is {home}, which belongs to user {owner}. Fix: for that"
            f" user's tracker, run this as that user (sudo -u '#{owner}' …); for root's own"
            " tracker, use root's home (sudo -H …)."
        )


def check_places() -> None:
    """Like `check_home`, also for the folders named by the environment, where startup files are.
    Raises Failure."""
    check_home()
    foreign = directory.foreign_folder(os.environ)
    if os.geteuid() == 0 and foreign is not None:
        raise Failure(
            f"you are root, and {foreign.variable} is {foreign.path}, which belongs to user"
            f" {foreign.owner}. Fix: run this without the variable (env -u {foreign.variable} …),"
            f" or as that user (sudo -u '#{foreign.owner}' …)."
        )


def check_place(path: str) -> None:
    """Raises Failure if no state directory can or should be created here, NotOurs if another user
    has one."""
    check_directory(path)
    parent = os.path.dirname(path)
    if not os.path.isdir(parent):
        raise Failure(
            f"{parent}: there is no such folder. Fix: create it, or choose another place with "
            "--dir."
        )
    if os.path.lexists(path) and not os.path.isdir(path):
        raise Failure(f"{path}: is a file, not a folder. Fix: choose another place with --dir.")
    if os.path.isdir(path) and not os.access(path, os.R_OK):
        raise Failure(
            f"{path}: cannot be read. Fix: `ls -ld` shows its owner; or choose another folder "
            "with --dir."
        )
    place = path if os.path.isdir(path) else parent
    if not os.access(place, os.W_OK | os.X_OK):
        raise Failure(
            f"{place}: is not writable. Fix: `ls -ld` shows its owner; or choose another folder "
            "with --dir."
        )
