"""`triggers`: what runs when, and how it ended. Each command of the group has its own file."""

import click

from codespace_tracker.cli.loader import LazyGroup

_COMMANDS = {
    "list": "Show when each trigger fires and how it last ended (default).",
    "check": "Check trigger_config.json, or another file, for problems.",
    "add": "Add a trigger, with options or by answering questions.",
    "edit": "Change a trigger, with the options of add.",
    "remove": "Remove a trigger from the file.",
    "explain": "Explain why a trigger has or has not fired, and when it will.",
    "simulate": "Show which triggers will fire, and at what time. Runs nothing.",
    "run": "Run a trigger's script now and show its output.",
    "log": "Show past runs and how they ended; for one trigger, with output.",
    "enable": "Enable a trigger.",
    "disable": "Disable a trigger.",
    "rearm": "Allow a trigger to fire again.",
    "pin": "Run the script that a trigger downloads only if it has not changed.",
}


@click.group(
    cls=LazyGroup,
    package="codespace_tracker.cli.commands.triggers",
    listed=_COMMANDS,
    default="list",
)
def command() -> None:
    """Show, add, edit, check, explain and run triggers: scripts that run when a condition is met.

    docs/triggers.md describes them in full. LABEL is a trigger's label, or the name of its flag
    file (which marks that it has fired).
    """
