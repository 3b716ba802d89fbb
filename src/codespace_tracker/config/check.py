"""One look at the text of trigger_config.json: what is wrong is noted by its path, and told with
its place."""

from codespace_tracker.config.configuration import Problem
from codespace_tracker.config.json_positions import Path, Place, places
from codespace_tracker.core.text import showable

_TOLD = 50  # problems that are told at once
_NOTED = 1000  # problems after which the search ends
_PART = 60  # characters of a key, a label, or a value


class Enough(Exception):
    """There are more problems than anybody reads."""


class Check:
    """The problems of a text that is JSON. `file` is its name in messages; `labels` name its
    triggers."""

    def __init__(self, text: str, file: str) -> None:
        self.labels: dict[Path, str] = {}
        self._text = text
        self._file = file
        self._noted: list[tuple[Path, str, str, bool]] = []

    def __len__(self) -> int:
        return len(self._noted)

    def wrong(self, path: Path, message: str, mend: str) -> None:
        """Note a problem at a path. Raises Enough."""
        self._note(path, message, mend, shows_value=False)

    def wrong_value(self, path: Path, message: str, mend: str) -> None:
        """Note a problem whose message begins with the value at the path, as it is in the file.
        Raises Enough."""
        self._note(path, message, mend, shows_value=True)

    def _note(self, path: Path, message: str, mend: str, *, shows_value: bool) -> None:
        self._noted.append((path, message, mend, shows_value))
        if len(self._noted) >= _NOTED:
            raise Enough

    def problems(self) -> list[Problem]:
        """All problems, including keys that occur twice, in the order of their places; of very many
        the first."""
        wanted = {path[:length] for path, *_ in self._noted for length in range(len(path) + 1)}
        where = places(self._text, wanted)
        problems = []
        for path, place, before in where.duplicates:
            message = (
                f"this key appears twice (also on line {before.line}, column {before.column})."
            )
            problems.append(self._problem(path, place, message, "remove one of the two."))
        for path, message, mend, shows_value in self._noted:
            if shows_value and path in where.values:
                message = f"{self._value(where.values[path])} {message}"
            near = (path[:length] for length in range(len(path), -1, -1))
            place = next(
                at for part in near if (at := where.keys.get(part) or where.values.get(part))
            )
            problems.append(self._problem(path, place, message, mend))
        problems.sort(key=lambda problem: (problem.line, problem.column))
        if len(problems) <= _TOLD:
            return problems
        rest = f"{len(problems) - _TOLD} more problems" + (
            " at least." if len(problems) >= _NOTED else "."
        )
        return [*problems[:_TOLD], Problem(self._file, "", 0, 0, rest, "fix these first.")]

    def _problem(self, path: Path, at: Place, message: str, mend: str) -> Problem:
        return Problem(self._file, self.name(path), at.line, at.column, message, mend)

    def _value(self, place: Place) -> str:
        shown = self._text[place.start : min(place.end, place.start + 10 * _PART)]
        return (
            showable(" ".join(shown.split()), _PART) if shown[0] in "{[" else showable(shown, _PART)
        )

    def name(self, path: Path) -> str:
        """A path as people say it: `trigger 2 "Backup", conditions.at`."""
        rest = [showable(str(part), _PART) for part in path[:6]]
        head = ""
        if path[:1] == ("triggers",) and len(path) > 1:
            head, rest = self._trigger(path[:2]), rest[2:]
        elif path and isinstance(path[0], int):
            head, rest = self._trigger(path[:1]), rest[1:]
        return ", ".join(part for part in (head, ".".join(rest)) if part)

    def _trigger(self, path: Path) -> str:
        label = showable(self.labels.get(path, ""), _PART)
        return f"trigger {int(path[-1]) + 1}" + (f' "{label}"' if label else "")
