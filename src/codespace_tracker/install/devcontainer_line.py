"""The line in devcontainer.json that starts the tracker with the container: adding, recognising,
removing it.

It becomes one of the commands of `postStartCommand`, by a name of its own. To commands that have
names already it is added as the last one. A command alone (a text, or a list of words) stays alone:
ours goes in front of it, in the same text. The dev container CLI shows the output of commands with
names only when they have ended, and that of a command alone at once. Up to 0.1.0 a command alone
got the name `project`; it is made a command alone again.
"""

import json
import re
from typing import Any

from codespace_tracker.config import jsonc
from codespace_tracker.config.configuration import Problem
from codespace_tracker.config.json_positions import Path
from codespace_tracker.config.jsonc import Text

KEY, NAME, BEFORE = "postStartCommand", "codespace-tracker", "project"

_OURS: Path = (KEY, NAME)
_COMMAND = re.compile(r"(?:\{ cd .*\bsh program|sh .*)/setup\.sh['\"]? --heal\b", re.DOTALL)
"""Our command; the second form is that of 0.1.0, which looked at neither owner nor mode."""

_IN_FRONT = re.compile(r"\((?P<line>\{ cd .*?\|\| true)\); ", re.DOTALL)
"""Our command in front of another one. It is in a subshell, as it changes the folder."""

_WORDS = ("/bin/sh", "-c", "", NAME)
"""What goes in front of a command that is a list of words; the third runs ours, and then the
list."""

_LIMIT_MEND = "write it as the dev container specification has it, or move the file away."


def new_file(line: str) -> str:
    """A file for a project that has none: the image that a codespace has without one, and our
    line."""
    return (
        "{\n"
        "  // What GitHub Codespaces takes where a repository says nothing.\n"
        '  "image": "mcr.microsoft.com/devcontainers/universal:linux",\n'
        f'  "{KEY}": {{\n'
        f'    "{NAME}": {json.dumps(line)}\n'
        "  }\n"
        "}\n"
    )


def read(whole: str, file: str) -> tuple[Text | None, Problem | None]:
    """The text of a devcontainer.json; or None and why our line cannot be put into it or taken
    out."""
    text, problem = jsonc.read(whole, file)
    if text is None:
        if problem is not None and "triggers" in problem.mend:
            problem = problem._replace(mend=_LIMIT_MEND)
        return None, problem
    if not isinstance(text.value, dict):
        return None, _problem(text, (), file, "this is no object.", "put braces around it.")
    for path, place, before in jsonc.twice(text):
        if path[0] == KEY:
            said = f"it is here for the second time; the first is on line {before.line}."
            return None, Problem(
                file, ".".join(map(str, path)), place.line, place.column, said, "leave one of them."
            )
    if not isinstance(text.value.get(KEY), (str, list, dict, type(None))):
        return None, _problem(
            text,
            (KEY,),
            file,
            "this is no command.",
            "write a text, a list of words, or an object.",
        )
    return text, None


def is_new_file(text: Text) -> bool:
    """Whether nothing but what `new_file` writes is in it."""
    return text.whole == new_file(str(_ours(text)))


def has(text: Text) -> bool:
    """Whether one of our lines is in it."""
    return _ours(text) is not None


def not_ours(text: Text, file: str) -> Problem | None:
    """What to say if a command of the user has the name that ours would get."""
    found = text.value.get(KEY)
    if not isinstance(found, dict) or NAME not in found or has(text):
        return None
    return _problem(
        text,
        _OURS,
        file,
        "this name is codespace-tracker's, but the command is not.",
        "give your command another name.",
    )


def with_line(text: Text, line: str) -> str:
    """The text with our line; as it was, where that is in it already."""
    present = text.value.get(KEY)
    if isinstance(present, dict) and list(present) == [NAME, BEFORE] and has(text):
        alone, _ = jsonc.read(without_line(text), "")
        if alone is not None and _can_stay_alone(alone.value[KEY]):
            return _in_front(alone, line)
    if line in (present, _ours(text)):
        return text.whole
    if _can_stay_alone(present):
        return _in_front(text, line)
    if isinstance(present, dict) and present:
        return jsonc.with_value(text, _OURS, json.dumps(line))
    commands = [f"{json.dumps(NAME)}: {json.dumps(line)}"]
    if present:
        place = jsonc.place_of(text, (KEY,))
        commands.append(f"{json.dumps(BEFORE)}: {text.whole[place.start : place.end]}")
    end, step = jsonc.newline(text), jsonc.step(text)
    inner = f",{end}{step * 2}".join(commands)
    return jsonc.with_value(text, (KEY,), f"{{{end}{step * 2}{inner}{end}{step}}}")


def without_line(text: Text) -> str:
    """The text without our line, and without a `postStartCommand` that is empty then."""
    if not has(text):
        return text.whole
    if not isinstance(text.value[KEY], dict):
        return jsonc.with_value(text, (KEY,), _alone(text))
    names = list(text.value[KEY])
    if names == [NAME]:
        return jsonc.without(text, (KEY,))
    if names == [NAME, BEFORE]:
        place = jsonc.place_of(text, (KEY, BEFORE))
        return jsonc.with_value(text, (KEY,), text.whole[place.start : place.end])
    return jsonc.without(text, _OURS)


def _ours(text: Text) -> str | None:
    found = text.value.get(KEY)
    line = found.get(NAME) if isinstance(found, dict) else _line_in_front(found)
    return line if isinstance(line, str) and _COMMAND.match(line) else None


def _line_in_front(command: Any) -> str | None:
    """Our line in front of a command alone; None if there is none."""
    if isinstance(command, list):
        is_made_here = len(command) > len(_WORDS) and (*command[:2], command[3]) == (
            *_WORDS[:2],
            NAME,
        )
        command = command[2] if is_made_here else None
    found = _IN_FRONT.match(command) if isinstance(command, str) else None
    return found and found["line"]


def _can_stay_alone(command: Any) -> bool:
    """Whether it is a command, a text or a list of words, that ours can be put in front of."""
    if isinstance(command, list):
        return bool(command) and all(isinstance(word, str) for word in command)
    return isinstance(command, str) and bool(command)


def _in_front(text: Text, line: str) -> str:
    """The text with our line in front of a command alone, instead of an earlier line that we put
    there."""
    alone = _alone(text)
    return jsonc.with_value(text, (KEY,), alone[0] + _front(alone, line) + alone[1:])


def _alone(text: Text) -> str:
    """A command alone as it is written in the file, without our line in front of it."""
    place = jsonc.place_of(text, (KEY,))
    written, line = text.whole[place.start : place.end], _ours(text)
    if line is None:
        return written
    front = _front(written, line)
    if written.startswith(front, 1):
        return written[0] + written[1 + len(front) :]
    # written in another way since: by another formatter of JSON
    value = text.value[KEY]
    return json.dumps(
        value[len(_WORDS) :] if isinstance(value, list) else value[len(f"({line}); ") :]
    )


def _front(written: str, line: str) -> str:
    """What we write behind the quote or the bracket that a command alone begins with."""
    ours = f"({line}); "
    if written[0] != "[":
        return json.dumps(ours)[1:-1]
    words = (*_WORDS[:2], f'{ours}exec "$@"', NAME)
    return "".join(f"{json.dumps(word)}," for word in words)


def _problem(text: Text, path: Path, file: str, message: str, mend: str) -> Problem:
    place = jsonc.place_of(text, path)
    return Problem(file, ".".join(map(str, path)), place.line, place.column, message, mend)
