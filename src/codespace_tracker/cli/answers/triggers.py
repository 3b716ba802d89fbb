"""`triggers list`, and `triggers` alone: when each trigger fires, how far along it is, and how it
last ended."""

from __future__ import annotations

from collections import Counter
from itertools import zip_longest

from codespace_tracker.cli import show
from codespace_tracker.cli.options import state_directory
from codespace_tracker.cli.outlook import notes, with_bar
from codespace_tracker.cli.trigger_json import content
from codespace_tracker.core.trigger import Trigger
from codespace_tracker.ledger.occurrences import Occurrence
from codespace_tracker.views import trigger_words as words
from codespace_tracker.views import wording
from codespace_tracker.views.naming import typed
from codespace_tracker.views.outlook import Outlook, last_in_words, last_of, outlook, urgency
from codespace_tracker.views.standing import FAILED, Standing, look

MOST = 50
"""How many are shown if not all are asked for."""

_LEFT, _RIGHT = 60, 34  # columns for names and conditions, and for next and last runs


def answer(dir_: str | None, as_json: bool, all_: bool = False) -> int:
    """Print the triggers; the exit code. Raises what `state_directory` and `look` do."""
    standing = look(state_directory(dir_))
    waits = standing.waits()
    if as_json:
        show.echo(
            show.json_text([content(standing, n, waits.get(n)) for n in range(len(standing.armed))])
        )
        return 0
    shown = list(range(len(standing.armed)))
    if len(shown) > MOST and not all_:
        shown = sorted(shown, key=lambda n: urgency(standing, n, waits))[:MOST]
    if not standing.armed:
        show.echo("There are no triggers yet. To add one: codespace-tracker triggers add")
    left = _left_width(standing, shown)
    for n in shown:
        show.echo(_rows(standing, n, waits.get(n), left))
    if len(shown) < len(standing.armed):
        show.echo("\n" + show.hanging("", _of_many(standing, len(shown))))
    below = [*_assumed(standing, shown, waits), *_failed(standing), *notes(standing)]
    if below:
        show.echo("\n" + "\n".join(show.hanging("", note) for note in below))
    return 0


def _assumed(standing: Standing, shown: list[int], waits: dict[int, int]) -> list[str]:
    """What the displayed times assume."""
    assuming = (n for n in shown if waits.get(n, 0) > 0 and standing.triggers[n].waits_for_running)
    told = any(outlook(standing, n, waits.get(n)).is_ahead for n in assuming)
    return ["Times assume that the machine keeps running."] if told else []


def _of_many(standing: Standing, shown: int) -> str:
    """The line below a list that was cut."""
    states = Counter(one.state for one in standing.going.values())
    counts = ((states["running"], "running"), (states["queued"], "waiting for a free slot"))
    going = ", ".join(f"{count} {state}" for count, state in counts if count)
    return (
        f"{shown} of {len(standing.armed)} triggers{f' ({going})' if going else ''}: first those"
        " that run, wait or failed, then those due next. --all shows all."
    )


def _left_width(standing: Standing, shown: list[int]) -> int:
    """The width of the column of names and conditions."""
    texts = [
        text
        for n in shown
        for text in (standing.triggers[n].label, words.conditions(standing.triggers[n]))
    ]
    widest = max(map(show.width, texts), default=0)
    columns = show.columns()
    return widest if columns is None else min(widest, _LEFT, max(16, columns - _RIGHT - 4))


def _rows(standing: Standing, n: int, wait: int | None, left: int) -> str:
    """A trigger: its name and conditions on the left, its next and last runs on the right."""
    trigger = standing.triggers[n]
    limit = None if show.columns() is None else _RIGHT
    now, last = outlook(standing, n, wait), last_of(standing, trigger)
    beside = [
        *_marked(with_bar(standing, n, wait), now.kind, limit),
        *_marked(last_in_words(standing, trigger), last.state if last else None, limit),
    ]
    names = show.wrap(wording.printable(trigger.label), left)
    lines = []
    for row, (text, right) in enumerate(
        zip_longest([*names, *show.wrap(words.conditions(trigger), left)], beside, fillvalue="")
    ):
        padded = show.padded(text, left)
        head = _dot(standing, trigger, now, last) if row == 0 else " "
        lines.append(
            f"{head} {show.bold(padded) if row < len(names) else padded}  {right}".rstrip()
        )
    return "\n".join(lines)


def _marked(text: str, state: str | None, limit: int | None) -> list[str]:
    """A text in lines, the first in the colour of the state that it begins with."""
    first, *others = show.wrap(text, limit) if limit else [text]
    return [show.mark(first, state), *others]


def _dot(standing: Standing, trigger: Trigger, now: Outlook, last: Occurrence | None) -> str:
    """Filled if it may still fire in this scope; red if it failed last time."""
    is_going = (trigger.flag, trigger.label) in standing.going
    cannot_fire = (
        not trigger.enabled
        or trigger.flag in standing.held
        or (trigger.flag in standing.spent and not is_going)
    )
    if now.kind == "running":
        return show.colour("●", "cyan")
    if last is not None and last.state in FAILED:
        return show.colour("○" if cannot_fire else "●", "red")
    return "○" if cannot_fire else show.colour("●", "green")


def _failed(standing: Standing) -> list[str]:
    """How to find out why a trigger failed."""
    for trigger in standing.triggers:
        if standing.failed(trigger):
            name = typed(trigger, standing.triggers)
            return [
                f"Why {wording.printable(trigger.label)} failed: codespace-tracker triggers log "
                f"{name}"
            ]
    return []
