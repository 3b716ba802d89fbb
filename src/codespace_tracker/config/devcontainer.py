"""The line in devcontainer.json that starts the tracker with the container: put there, known again, taken away.

It becomes one of the commands of `postStartCommand`, by a name of its own. What that was before stays: a command alone
(a text, or a list of words) gets a name and stands behind ours, and is a command alone again when ours is taken away.
To commands that have names already ours is added as the last one.
"""

import json
import re

from codespace_tracker.config import jsonc
from codespace_tracker.config.jsonc import Text
from codespace_tracker.config.places import Path
from codespace_tracker.config.plan import Problem

KEY, NAME, BEFORE = "postStartCommand", "codespace-tracker", "project"

_OURS: Path = (KEY, NAME)
_COMMAND = re.compile(r"(?:\{ cd .*\bsh program|sh .*)/setup\.sh['\"]? --heal\b", re.DOTALL)
"""Our command; the second form is that of 0.1.0, which looked at neither owner nor mode."""

_LIMIT_MEND = "write it as the dev container specification has it, or move the file away."


def new_file(line: str) -> str:
    """A file for a project that has none: the image that a codespace has without one, and our line."""
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
    """The text of a devcontainer.json; or None and why our line cannot be put into it or taken out."""
    text, problem = jsonc.read(whole, file)
    if text is None:
        if problem is not None and "triggers" in problem.mend:
            problem = problem._replace(mend=_LIMIT_MEND)
        return None, problem
    if not isinstance(text.value, dict):
        return None, _problem(text, (), file, "this is no object.", "put braces around it.")
    for path, place, before in jsonc.twice(text):
        if path[0] == KEY:
            said = f"it stands here for the second time, and on line {before.line} for the first."
            return None, Problem(file, ".".join(map(str, path)), place.line, place.column, said, "leave one of them.")
    if not isinstance(text.value.get(KEY), (str, list, dict, type(None))):
        return None, _problem(text, (KEY,), file, "this is no command.", "write a text, a list of words, or an object.")
    return text, None


def is_new_file(text: Text) -> bool:
    """Whether nothing but what `new_file` writes is in it."""
    return text.whole == new_file(str(_ours(text)))


def has(text: Text) -> bool:
    """Whether our line, whichever, is in it."""
    return _ours(text) is not None


def not_ours(text: Text, file: str) -> Problem | None:
    """What to say where somebody's own command has the name that ours would get."""
    found = text.value.get(KEY)
    if not isinstance(found, dict) or NAME not in found or has(text):
        return None
    return _problem(text, _OURS, file, "this name is ours, and the command is not.", "give yours another name.")


def with_line(text: Text, line: str) -> str:
    """The text with our line; as it was, where that is in it already."""
    found = text.value.get(KEY)
    if line in (found, _ours(text)):
        return text.whole
    if isinstance(found, dict) and found:
        return jsonc.with_value(text, _OURS, json.dumps(line))
    commands = [f"{json.dumps(NAME)}: {json.dumps(line)}"]
    if found:
        place = jsonc.place_of(text, (KEY,))
        commands.append(f"{json.dumps(BEFORE)}: {text.whole[place.start : place.end]}")
    end, step = jsonc.newline(text), jsonc.step(text)
    inner = f",{end}{step * 2}".join(commands)
    return jsonc.with_value(text, (KEY,), f"{{{end}{step * 2}{inner}{end}{step}}}")


def without_line(text: Text) -> str:
    """The text without our line, and without a `postStartCommand` that is empty then."""
    if not has(text):
        return text.whole
    names = list(text.value[KEY])
    if names == [NAME]:
        return jsonc.without(text, (KEY,))
    if names == [NAME, BEFORE]:
        place = jsonc.place_of(text, (KEY, BEFORE))
        return jsonc.with_value(text, (KEY,), text.whole[place.start : place.end])
    return jsonc.without(text, _OURS)


def _ours(text: Text) -> str | None:
    found = text.value.get(KEY)
    line = found.get(NAME) if isinstance(found, dict) else None
    return line if isinstance(line, str) and _COMMAND.match(line) else None


def _problem(text: Text, path: Path, file: str, message: str, mend: str) -> Problem:
    place = jsonc.place_of(text, path)
    return Problem(file, ".".join(map(str, path)), place.line, place.column, message, mend)
