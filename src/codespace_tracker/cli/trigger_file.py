"""Changing trigger_config.json: the new text is checked, written in one step, and the daemon is told."""

import contextlib
import os
import time
from collections.abc import Callable, Iterator
from typing import NamedTuple

from codespace_tracker.cli import show
from codespace_tracker.config.plan import Plan, Problem
from codespace_tracker.core.trigger import Trigger
from codespace_tracker.daemon import control
from codespace_tracker.failure import Failure
from codespace_tracker.ledger.connect import LedgerError
from codespace_tracker.machine import liveness, lock_wait
from codespace_tracker.machine.files import replace, stamp
from codespace_tracker.machine.rooted import real_path, rooted
from codespace_tracker.views import wording
from codespace_tracker.views.naming import place_of
from codespace_tracker.views.scene import kept_plan, open_ledger

_ATTEMPTS = 20
_PATIENCE_SECONDS = 5.0
_LOOK_SECONDS = 0.05
_BOM = "\ufeff"
_ANY_QUOTA_CORE_US = 1

How = Callable[[str, list[Trigger]], str | None]
"""What the text of the file becomes, with the triggers that it holds; None to leave it as it is."""


class FileHasProblems(Failure):
    """What the file says cannot be told."""


class Changed(NamedTuple):
    """The triggers after a change; whether there was one; what a person should know if it is not in force."""

    triggers: list[Trigger]
    is_new: bool
    note: str


def change(directory: str, how: How) -> Changed:
    """Change the file as `how` says, and see it come into force. Raises Failure, OSError.

    A file with problems is not touched, and none is made. Whoever else changes it meanwhile, by these commands or in an
    editor, is not overwritten.
    """
    from codespace_tracker.config.load import settings_problems
    from codespace_tracker.config.samples import TRIGGERS, write_missing

    path = os.path.join(directory, TRIGGERS)
    if not os.path.isdir(rooted(directory)):
        raise Failure(f"{directory}: there is no state directory yet. Fix: `codespace-tracker start` makes it.")
    with _alone(directory):
        if not os.path.lexists(rooted(path)):
            problems = write_missing(directory, kept=kept_plan(directory).triggers)
            if problems:
                raise Failure(f"{directory}/{problems[0]} Nothing was changed.")
        triggers, is_new = _changed(directory, path, how)
    control.replan(directory)
    note = _await(directory, triggers) if is_new else ""
    if problems := settings_problems(directory):
        note = f"It is not in force yet: {problems[0].file} has problems. `codespace-tracker doctor` tells them."
    return Changed(triggers, is_new, note)


def set_field(directory: str, name: str, key: str, value: object) -> tuple[Trigger, Changed]:
    """Set a field of the trigger with a label or a flag; the trigger as it is then. Raises Failure, OSError."""
    from codespace_tracker.config.edit import path_of, with_field

    found: list[int] = []

    def how(text: str, triggers: list[Trigger]) -> str | None:
        n = place_of(name, triggers)
        found[:] = [n]
        if key == "enabled" and triggers[n].enabled is value:
            return None
        return with_field(text, path_of(text, n), key, value)

    changed = change(directory, how)
    return changed.triggers[found[0]], changed


def triggers_in_file(directory: str) -> list[Trigger]:
    """The triggers as the file has them. Raises Failure: FileHasProblems where it has."""
    from codespace_tracker.config.load import quota_of
    from codespace_tracker.config.samples import TRIGGERS
    from codespace_tracker.config.triggers import triggers_from

    path = os.path.join(directory, TRIGGERS)
    triggers, problems = triggers_from(_read(path).removeprefix(_BOM), quota_of(directory))
    if triggers is None:
        raise FileHasProblems(f"{path} has {_all(problems)}")
    return triggers


def in_file(directory: str, name: str) -> Trigger:
    """The trigger with a label or a flag, as the file has it. Raises Failure: FileHasProblems where it has."""
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
        if before is None and quota is None:  # where there is no quota any more, what asks for it can be disabled
            before, _ = triggers_from(text.removeprefix(_BOM), _ANY_QUOTA_CORE_US)
        if before is None:
            raise FileHasProblems(f"{path} has {_all(problems)}\nNothing was changed: fix these first.")
        after = how(text.removeprefix(_BOM), before)
        if after is None:
            return before, False
        triggers, problems = triggers_from(after, quota)
        if triggers is None:
            raise Failure(f"the file would then have {_all(problems)}\nNothing was changed.")
        if stamp(path) == seen:
            _write(path, (_BOM if text.startswith(_BOM) else "") + after)
            return triggers, True
    raise Failure(f"{path}: something else changes it again and again. Fix: close what does; nothing was changed.")


def _read(path: str) -> str:
    """The text of the file. Raises Failure."""
    from codespace_tracker.config.load import text_of

    problems: list[Problem] = []
    text = text_of(os.path.dirname(path), os.path.basename(path), problems)
    if problems:
        raise FileHasProblems(f"{os.path.dirname(path)}/{problems[0]}")
    if text is None:
        raise Failure(f"{path}: there is no such file. Fix: `codespace-tracker init` makes a sample.")
    with open(rooted(path), "rb") as file:
        return (_BOM if file.read(3) == _BOM.encode() else "") + text


def _write(path: str, text: str) -> None:
    """Replace the file, or what it is a link to; its permissions stay. Raises Failure."""
    target = real_path(path)
    try:
        like = os.stat(rooted(target))
        if not os.access(rooted(target), os.W_OK):
            raise PermissionError(0, "it is write-protected", target)
        replace(target, text.encode(), durable=True, like=like)
    except OSError as error:
        raise Failure(
            f"{target}: cannot be written ({error.strerror}). Nothing was changed."
            " Fix: look at its permissions, at those of its folder, and at the disk."
        ) from error


def _all(problems: list[Problem]) -> str:
    lines = "\n".join(show.item(str(problem)) for problem in problems)
    return f"{wording.count(len(problems), 'problem')}:\n{lines}"


@contextlib.contextmanager
def _alone(directory: str) -> Iterator[None]:
    """Wait until no other command changes the file. Raises Failure if that takes too long, OSError."""
    fd = os.open(rooted(directory), os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        with contextlib.suppress(OSError):  # a file system without locks
            if not lock_wait.take(fd):
                raise Failure(lock_wait.refusal(directory))
        yield
    finally:
        os.close(fd)


def _await(directory: str, triggers: list[Trigger]) -> str:
    """Wait until the daemon works by these triggers; what to say if it does not."""
    if liveness.running(directory).daemon is None:
        return "The tracker is not running: it takes effect with `codespace-tracker start`."
    wanted, seen = _marks(triggers), ""
    until = time.monotonic() + _PATIENCE_SECONDS
    while time.monotonic() < until:
        with contextlib.suppress(LedgerError, ValueError):
            with open_ledger(directory) as ledger:
                kept = ledger.kept_plan()
            if kept is not None and kept.plan != seen:
                seen = kept.plan
                if _marks(Plan.from_json(seen).triggers) == wanted:
                    return ""
        time.sleep(_LOOK_SECONDS)
    return "The tracker has not taken it over yet: `codespace-tracker triggers` shows what is in force."


def _marks(triggers: list[Trigger] | tuple[Trigger, ...]) -> list[tuple[str, str]]:
    return [(trigger.flag, trigger.fingerprint) for trigger in triggers]
