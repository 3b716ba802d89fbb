"""The flags follow the ledger, and what the user did to them is found out.

What is about to be done with a flag is recorded before its file is touched. A flag that was placed
and is gone was removed by the user, no matter what else happened in the folder meanwhile.
"""

import os

from codespace_tracker.core.calendar import Zone
from codespace_tracker.daemon import debug_lines
from codespace_tracker.daemon.problems import Problems
from codespace_tracker.daemon.trigger_step import TriggerStep
from codespace_tracker.ledger.connect import LedgerError
from codespace_tracker.ledger.occurrences import Occurrences, Placed
from codespace_tracker.ledger.store import Ledger
from codespace_tracker.machine.debug_log import DebugLog
from codespace_tracker.machine.flag_files import FlagFiles

_NEVER = (0, 0, 0)


class FlagWatch:
    """The folder of flags of one state directory, as it was seen last."""

    def __init__(self, directory: str, problems: Problems, log: DebugLog) -> None:
        self._files = FlagFiles(directory)
        self._problems = problems
        self._log = log
        self._seen: tuple[int, int, int] | None = _NEVER
        self._names: set[str] = set()
        # the folder's time of change tells every change since the last look; not so just after one
        # of our own: then the names are compared
        self._is_sure = True
        # the folder has our mark: a flag that is missing from it was deleted by the user, and not
        # lost with an older folder, or never placed
        self._is_drawn = False

    def has_changed(self) -> bool:
        """Whether anything but this process may have added or removed a flag since the last look.
        Never raises.

        A folder's time of change is too coarse to tell two changes within a moment apart, or our
        own from others': after each change its names are looked at once more.
        """
        look = self._files.look()
        if self._is_sure:
            return look != self._seen
        if self._files.names() != self._names:
            return True
        self._seen, self._is_sure = look, True
        return False

    def look(self, step: TriggerStep) -> frozenset[str]:
        """Bring our flags in line with their scopes, and see what the user did; the flags that the
        user made.

        Raises OSError, LedgerError.
        """
        moment, occurrences = step.moment, step.occurrences
        self._seen = self._files.look()
        if self._seen is None:
            os.mkdir(self._files.path, 0o700)
        flags, rows = self._files.found(), occurrences.placed()
        self._is_drawn = self._files.is_drawn()
        for flag, scope in flags.ours.items():
            if (
                flag not in rows
            ):  # the row was lost with an older ledger, or the directory is a copy
                rows[flag] = Placed(flag, "placed", scope, moment.at)
                occurrences.put_flag(rows[flag])
        for flag, placed in rows.items():
            if placed.scope not in moment.keys.values():
                removing = placed._replace(state="removing")
                occurrences.put_flag(removing)
                step.actions.flags.append(removing)
            elif placed.state != "placed" or (flag not in flags.ours and not self._is_drawn):
                step.actions.flags.append(placed._replace(state="placing"))
            elif flag not in flags.ours and flag not in flags.users:
                occurrences.rearm(flag)
                step.ledger.note(moment.at, "trigger_rearmed", moment.session, {"flag": flag})
                step.actions.said.append(debug_lines.flag_taken(flag))
        self._names, self._is_sure = {*flags.ours, *flags.users}, False
        return flags.users

    def place(self, step: TriggerStep, flag: str, scope: str) -> None:
        """A trigger has fired: its flag is to be placed. Raises LedgerError."""
        placed = Placed(flag, "placing", scope, step.moment.at)
        step.occurrences.put_flag(placed)
        step.actions.flags.append(placed)

    def act(self, ledger: Ledger, flags: list[Placed], zone: Zone) -> None:
        """Place and remove what a step decided on, and write down that it is done. Never raises."""
        if self._is_drawn and not flags:
            return
        occurrences, self._is_sure = Occurrences(ledger), False
        try:
            for placed in flags:
                self._touch(placed, zone)
            if not self._is_drawn:
                self._files.say_drawn()
                self._is_drawn = True
            with ledger.transaction():
                for placed in flags:
                    if placed.state == "removing":
                        occurrences.forget_flag(placed.flag)
                    else:
                        occurrences.put_flag(placed._replace(state="placed"))
        except (OSError, LedgerError) as error:
            self._problems.set(
                "flags", f"flags/: could not be brought up to date ({error}). It is tried again."
            )
            self._seen, self._is_sure = _NEVER, True
            return
        self._problems.clear("flags")
        self._log.write(*map(debug_lines.flag, flags))

    def _touch(self, placed: Placed, zone: Zone) -> None:
        if placed.state != "removing":
            self._files.place(placed.flag, placed.at, placed.scope, zone)
            self._names.add(placed.flag)
        elif self._files.remove(placed.flag):
            self._names.discard(placed.flag)
