"""What a trigger does now or next, as commands show it: with a bar, and after a change."""

from __future__ import annotations

from codespace_tracker.cli import show
from codespace_tracker.core.trigger import Trigger
from codespace_tracker.views.outlook import in_words, outlook
from codespace_tracker.views.standing import Standing, look


def with_bar(standing: Standing, n: int, wait: int | None) -> str:
    """The outlook, with a bar if the trigger's progress is known. `wait` is its value in `waits`
    (µs)."""
    found = outlook(standing, n, wait)
    text, part = in_words(found, standing.configuration.zone), standing.progress(n, wait)
    return text if part is None or not found.is_ahead else f"{text}  {_bar(part)}"


def _bar(part: float) -> str:
    filled = int(part * 10)
    return f"{'█' * filled}{'░' * (10 - filled)} {int(part * 100)} %"


def tell_outlook(directory: str, trigger: Trigger, note: str) -> None:
    """Say when a trigger that was just changed will fire, or why it is not in force yet."""
    if note:
        show.echo(note)
        return
    standing = look(directory)
    place = next(
        (
            n
            for n, listed in enumerate(standing.triggers)
            if listed.fingerprint == trigger.fingerprint
        ),
        None,
    )
    if place is None:  # it was changed again since
        return
    (current, armed), wait = standing.armed[place], standing.waits().get(place)
    last = standing.last.get(current.flag)
    fired = last is not None and last.label == current.label and last.claimed_at >= armed.at
    if current.edge is None and current.enabled and (fired or (wait is not None and wait <= 0)):
        show.echo("Its conditions are already met: it fires at once.")
    else:
        found = outlook(standing, place, wait)
        show.echo(f"Next: {in_words(found, standing.configuration.zone)}.")


def notes(standing: Standing) -> list[str]:
    """Why the triggers in force may differ from the file, or do not fire at all."""
    found = list(standing.files)
    if standing.by_files:
        found.append("This uses the files as they are now.")
    if not standing.running:
        found.append(
            "The tracker is not running, so nothing fires. Start it: codespace-tracker start"
        )
    return found
