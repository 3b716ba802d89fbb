"""`triggers`: what is to run when, and what became of it. Each command of the group is a file of its own."""

import click

from codespace_tracker.cli.loader import LazyGroup

_COMMANDS = {
    "list": "Show each trigger: when it fires, how far it is, how it last ended (the default).",
    "check": "Check trigger_config.json, or another file, and tell all its problems.",
    "add": "Add a trigger, by options or by answering questions.",
    "edit": "Change a trigger in its place, with the options of add.",
    "remove": "Take a trigger out of the file.",
    "explain": "Say why a trigger has or has not fired, and when it would.",
    "simulate": "Show what would fire when; nothing is run.",
    "run": "Run a trigger's script now, and show what it prints.",
    "log": "Show what became due and how it ended; of one trigger with its output.",
    "enable": "Let a trigger fire again.",
    "disable": "Let a trigger rest.",
    "rearm": "Let a trigger that has fired in its scope fire again.",
    "pin": "Write the SHA-256 of what its URL gives now into the file.",
}


@click.group(cls=LazyGroup, package="codespace_tracker.cli.commands.triggers", listed=_COMMANDS, default="list")
def command() -> None:
    """Show the triggers, and add, check, explain, run, edit and remove them.

    What they are and what they can do: docs/triggers.md.
    """
