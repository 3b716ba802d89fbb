"""What a release takes: its commands, with their options and arguments.

`python -I surface.py` prints it as JSON; it runs in the Python of either version, and imports
nothing of the tests.
"""

import json
from typing import Any

import click


def commands(command: click.Command, path: str = "") -> dict[str, Any]:
    """All commands beneath this one, by their words, with what each takes."""
    found = {path: _taken(command)}
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            below = command.get_command(context, name)
            assert below is not None
            found |= commands(below, f"{path} {name}".strip())
    return found


def _taken(command: click.Command) -> dict[str, Any]:
    options, arguments = {}, []
    for one in command.params:
        choices = (
            [str(choice) for choice in one.type.choices]
            if isinstance(one.type, click.Choice)
            else None
        )
        if isinstance(one, click.Option):
            for word in (*one.opts, *one.secondary_opts):
                is_flag = one.is_flag or one.count
                options[word] = {
                    "values": 0 if is_flag else one.nargs,
                    "many": one.multiple,
                    "choices": choices,
                }
        else:
            arguments.append({"values": one.nargs, "required": one.required, "choices": choices})
    return {"options": options, "arguments": arguments}


def refused(old: dict[str, Any], new: dict[str, Any]) -> list[str]:
    """What the old version took and the new one does not; empty if nothing."""
    said = []
    for name, taken in old.items():
        if name not in new:
            said.append(f"`{name}` is gone")
            continue
        said += [f"`{name}`: {what}" for what in _refused(taken, new[name])]
    return said


def _refused(old: dict[str, Any], new: dict[str, Any]) -> list[str]:
    said = []
    for word, was in old["options"].items():
        now = new["options"].get(word)
        if now is None:
            said.append(f"{word} is gone")
        elif now["values"] != was["values"] or (was["many"] and not now["many"]):
            said.append(f"{word} takes other values")
        else:
            said += [f"{word} {choice} is gone" for choice in _missing_choices(was, now)]
    for n, now in enumerate(new["arguments"]):
        was = old["arguments"][n] if n < len(old["arguments"]) else {"required": False, "values": 0}
        if now["required"] and not was["required"]:
            said.append(f"argument {n + 1} is required now")
        if was["values"] == -1 and now["values"] != -1:
            said.append(f"argument {n + 1} takes only one word now")
        said += [f"argument {n + 1}: {choice} is gone" for choice in _missing_choices(was, now)]
    if len(new["arguments"]) < len(old["arguments"]):
        said.append("an argument is gone")
    return said


def _missing_choices(was: dict[str, Any], now: dict[str, Any]) -> list[str]:
    if now.get("choices") is None:
        return []
    if was.get("choices") is None:
        return [] if not was["values"] else ["any word"]
    return [choice for choice in was["choices"] if choice not in now["choices"]]


if __name__ == "__main__":
    import importlib

    try:
        module = importlib.import_module("codespace_tracker.cli.program")
    except ModuleNotFoundError:
        module = importlib.import_module("codespace_tracker.cli.run")  # its name in 0.1.0
    program = module.program

    print(json.dumps(commands(program)))
