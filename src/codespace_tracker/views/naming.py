"""Which trigger a person means by a label or a flag."""

from __future__ import annotations

from codespace_tracker.core.trigger import Trigger
from codespace_tracker.failure import Failure

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence


class NoSuchTrigger(Failure):
    """Nothing has that name."""


def place_of(name: str, triggers: Sequence[Trigger]) -> int:
    """The place in the list of the trigger that is meant: a label goes before a flag. Raises
    Failure: NoSuchTrigger."""
    labelled = [n for n, trigger in enumerate(triggers) if trigger.label == name]
    flagged = [n for n, trigger in enumerate(triggers) if trigger.flag == name]
    places = labelled or flagged
    if not places:
        raise NoSuchTrigger(_no_such(name, triggers))
    if len(places) > 1:
        others = [shown(triggers[n].flag if labelled else triggers[n].label) for n in places]
        what, by = ("have that label", "flags") if labelled else ("share that flag", "labels")
        raise Failure(
            f'"{name}": {len(places)} triggers {what}. Fix: name one by its {by[:-1]}: '
            f"{', '.join(others)}."
        )
    return places[0]


def flag_of(name: str, triggers: Sequence[Trigger]) -> str:
    """The flag that is meant by a label or a flag; triggers that share it are meant together.
    Raises Failure."""
    if any(one.flag == name for one in triggers) and not any(one.label == name for one in triggers):
        return name
    return triggers[place_of(name, triggers)].flag


def shown(name: str) -> str:
    """A label or flag as it is typed in a shell."""
    import re  # `status` needs neither
    import shlex

    return (
        name
        if re.fullmatch(r"[\w.%+=:@-]+", name) and not name.startswith("-")
        else shlex.quote(name)
    )


def typed(trigger: Trigger, triggers: Sequence[Trigger]) -> str:
    """What to type for a trigger: its label, or its flag where only that tells it from others."""
    alike = [one for one in triggers if one.label == trigger.label]
    name = shown(trigger.label if len(alike) == 1 else trigger.flag)
    return f"-- {name}" if name.lstrip("'").startswith("-") else name


def _no_such(name: str, triggers: Sequence[Trigger]) -> str:
    import difflib

    if not triggers:
        return (
            f'there is no trigger "{name}", nor any other. Fix: `codespace-tracker triggers add`.'
        )
    known = {one.flag.casefold(): one.flag for one in triggers} | {
        one.label.casefold(): one.label for one in triggers
    }
    close = difflib.get_close_matches(name.casefold(), known, 1, 0.5)
    if close:
        return f'there is no trigger "{name}". Did you mean `{shown(known[close[0]])}`?'
    return f'there is no trigger "{name}". `codespace-tracker triggers` lists them.'
