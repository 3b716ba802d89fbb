"""Changing trigger_config.json: check the new text, write it atomically, and tell the daemon."""

import contextlib
import os
import time
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from codespace_tracker.cli import show
from codespace_tracker.config.configuration import Configuration, Problem
from codespace_tracker.core.trigger import Trigger
from codespace_tracker.daemon import control
from codespace_tracker.failure import Failure
from codespace_tracker.ledger.connect import LedgerError
from codespace_tracker.machine import liveness, lock_wait
from codespace_tracker.machine.file_names import TRIGGERS
from codespace_tracker.machine.files import replace, stamp
from codespace_tracker.machine.rooted import real_path, rooted
from codespace_tracker.views import wording
from codespace_tracker.views.naming import place_of
from codespace_tracker.views.scene import last_configuration, open_ledger

_ATTEMPTS = 20
_PATIENCE_SECONDS = 5.0
_LOOK_SECONDS = 0.05
_BOM = "\ufeff"
_ANY_QUOTA_CORE_US = 1

How = Callable[[str, list[Trigger]], str | None]
"""The new text of the file, given its text and triggers; None to leave it unchanged."""


class FileHasProblems(Failure):
    """The file has problems, so its triggers are unknown."""


class Changed(NamedTuple):
    """The triggers after a change, whether there was one, and why it is not in force (empty if it
    is)."""

    triggers: list[Trigger]
    is_new: bool
    note: str


def change(directory: str, how: How) -> Changed:
    """Change the file with `how`, and wait for it to come into force. Raises Failure, OSError.

    A file with problems is left alone, and a change that would cause problems is not written.
    Changes made meanwhile, by other commands or in an editor, are not overwritten.
    """
    from codespace_tracker.config.load import settings_problems
    from codespace_tracker.config.samples import write_missing

    path = os.path.join(directory, TRIGGERS)
    if not os.path.isdir(rooted(directory)):
        raise Failure(
            f"{directory}: the state directory does not exist yet. Fix: `codespace-tracker start` "
            "creates it."
        )
    with _alone(directory):
        if not os.path.lexists(rooted(path)):
            problems = write_missing(directory, kept=last_configuration(directory).triggers)
            if problems:
                raise Failure(f"{directory}/{problems[0]} Nothing was changed.")
        triggers, is_new = _changed(directory, path, how)
    control.reload(directory)
    note = _await(directory, triggers) if is_new else ""
    if problems := settings_problems(directory):
        note = (
            f"It is not in force yet: {problems[0].file} has problems. `codespace-tracker doctor` "
            "lists them."
        )
    return Changed(triggers, is_new, note)


def set_field(directory: str, name: str, key: str, value: object) -> tuple[Trigger, Changed]:
    """Set a field of the trigger with this label or flag; returns the new trigger. Raises Failure,
    OSError."""
    from codespace_tracker.config.edit import path_of, with_field

    places: list[int] = []

    def how(text: str, triggers: list[Trigger]) -> str | None:
        n = place_of(name, triggers)
        places[:] = [n]
        if key == "enabled" and triggers[n].enabled is value:
            return None
        return with_field(text, path_of(text, n), key, value)

    changed = change(directory, how)
    return changed.triggers[places[0]], changed


def triggers_in_file(directory: str) -> list[Trigger]:
    """The triggers in the file. Raises Failure, and FileHasProblems if it has problems."""
    from codespace_tracker.config.load import quota_of
    from codespace_tracker.config.triggers import triggers_from

    path = os.path.join(directory, TRIGGERS)
    triggers, problems = triggers_from(_read(path).removeprefix(_BOM), quota_of(directory))
    if triggers is None:
        raise FileHasProblems(f"{path} has {_all(problems)}")
    return triggers


def in_file(directory: str, name: str) -> Trigger:
    """The trigger in the file with this label or flag. Raises Failure, and FileHasProblems if the
    file has problems."""
    triggers = triggers_in_file(directory)
    return triggers[place_of(name, triggers)]


def _changed(directory: str, path: str, how: How) -> tuple[list[Trigger], bool]:
    """The triggers after the change, and whether there was one."""
    from codespace_tracker.config.load import quota_of
    from codespace_tracker.config.triggers import triggers_from

    quota = quota_of(directory)
    for _ in range(_ATTEMPTS):
        seen = stamp(path)
        text = _read(path)
        before, problems = triggers_from(text.removeprefix(_BOM), quota)
        if (
            before is None and quota is None
        ):  # without a quota, triggers that need one can still be disabled
            before, _ = triggers_from(text.removeprefix(_BOM), _ANY_QUOTA_CORE_US)
        if before is None:
            raise FileHasProblems(
                f"{path} has {_all(problems)}\nNothing was changed. Fix these first."
            )
        after = how(text.removeprefix(_BOM), before)
        if after is None:
            return before, False
        triggers, problems = triggers_from(after, quota)
        if triggers is None:
            raise Failure(f"the file would then have {_all(problems)}\nNothing was changed.")
        if stamp(path) == seen:
            _write(path, (_BOM if text.startswith(_BOM) else "") + after)
            return triggers, True
    raise Failure(
        f"{path}: another program keeps changing it. Nothing was changed. Fix: close that program."
    )


def _read(path: str) -> str:
    """The text of the file. Raises Failure."""
    from codespace_tracker.config.load import text_of

    problems: list[Problem] = []
    text = text_of(os.path.dirname(path), os.path.basename(path), problems)
    if problems:
        raise FileHasProblems(f"{os.path.dirname(path)}/{problems[0]}")
    if text is None:
        raise Failure(
            f"{path}: there is no such file. Fix: `codespace-tracker init` creates a sample."
        )
    with open(rooted(path), "rb") as file:
        return (_BOM if file.read(3) == _BOM.encode() else "") + text


def _write(path: str, text: str) -> None:
    """Replace the file, or the target of a link, and keep its permissions. Raises Failure."""
    target = real_path(path)
    try:
        like = os.stat(rooted(target))
        if not os.access(rooted(target), os.W_OK):
            raise PermissionError(0, "it is write-protected", target)
        replace(target, text.encode(), durable=True, like=like)
    except OSError as error:
        raise Failure(
            f"{target}: cannot be written ({error.strerror}). Nothing was changed."
            " Fix: check its permissions, those of its folder, and the disk."
        ) from error


def _all(problems: list[Problem]) -> str:
    lines = "\n".join(show.item(str(problem)) for problem in problems)
    return f"{wording.count(len(problems), 'problem')}:\n{lines}"


@contextlib.contextmanager
def _alone(directory: str) -> Iterator[None]:
    """Wait until no other command is changing the file. Raises Failure if that takes too long,
    OSError."""
    fd = os.open(rooted(directory), os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        with contextlib.suppress(OSError):  # a file system without locks
            if not lock_wait.take(fd):
                raise Failure(lock_wait.refusal(directory))
        yield
    finally:
        os.close(fd)


def _await(directory: str, triggers: list[Trigger]) -> str:
    """Wait until the daemon uses these triggers; what to print if it does not."""
    if liveness.running(directory).daemon is None:
        return "The tracker is not running: this takes effect with `codespace-tracker start`."
    wanted, seen = _marks(triggers), ""
    until = time.monotonic() + _PATIENCE_SECONDS
    while time.monotonic() < until:
        with contextlib.suppress(LedgerError, ValueError):
            with open_ledger(directory) as ledger:
                stored = ledger.stored_configuration()
            if stored is not None and stored.configuration != seen:
                seen = stored.configuration
                if _marks(Configuration.from_json(seen).triggers) == wanted:
                    return ""
        time.sleep(_LOOK_SECONDS)
    return "Not applied yet. To see what is in force: codespace-tracker triggers"


def _marks(triggers: Sequence[Trigger]) -> list[tuple[str, str]]:
    return [(trigger.flag, trigger.fingerprint) for trigger in triggers]
