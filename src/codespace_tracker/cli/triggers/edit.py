"""Changing trigger_config.json for the verbs that do: checked before it is written, whole, and told to the daemon."""

import os
from collections.abc import Callable

from codespace_tracker.cli.failure import Failure
from codespace_tracker.cli.triggers.standing import config_path
from codespace_tracker.config.places import Path
from codespace_tracker.core.trigger import Trigger
from codespace_tracker.daemon import control
from codespace_tracker.machine.files import read_small, replace

_LIMIT = 4 << 20


def change(directory: str, how: Callable[[str], str]) -> tuple[list[Trigger], list[Trigger]]:
    """Change the file as `how` changes its text; the triggers before and after. Raises Failure, OSError.

    A file with problems is not touched, and none is made.
    """
    from codespace_tracker.config.samples import write_missing
    from codespace_tracker.config.triggers import triggers_from

    path = config_path(directory)
    if not os.path.lexists(path):
        write_missing(directory)
    content = read_small(path, _LIMIT)
    if content is None:
        raise Failure(f"{path}: cannot be read. Mend: look at its permissions.")
    text = content.decode("utf-8", "replace")
    quota = _quota(directory)
    before, problems = triggers_from(text, quota)
    if before is None:
        raise Failure(f"{path} has problems; mend them first. The first one: {problems[0]}")
    after = how(text)
    triggers, problems = triggers_from(after, quota)
    if triggers is None:
        raise Failure(str(problems[0]))
    replace(os.path.realpath(path), after.encode(), durable=True)
    control.replan(directory)
    return before, triggers


def set_field(directory: str, label: str, key: str, value: object) -> Trigger:
    """Set a field of the trigger with a label or a flag; the trigger as it is then. Raises Failure, OSError."""
    from codespace_tracker.cli.triggers.standing import no_such
    from codespace_tracker.config.edit import path_of, with_field
    from codespace_tracker.config.triggers import triggers_from

    found: list[str] = []

    def how(text: str) -> str:
        triggers = triggers_from(text, _quota(directory))[0] or []
        named = [one.label for one in triggers if one.label == label] or [
            one.label for one in triggers if one.flag == label
        ]
        path: Path | None = path_of(text, named[0]) if named else None
        if path is None:
            raise Failure(no_such(label, [one.label for one in triggers]))
        found.append(named[0])
        return with_field(text, path, key, value)

    _, after = change(directory, how)
    return next(one for one in after if one.label == found[0])


def _quota(directory: str) -> int | None:
    from codespace_tracker.config.load import quota_of

    return quota_of(directory)
