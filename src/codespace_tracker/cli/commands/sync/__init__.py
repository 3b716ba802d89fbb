"""`sync`: tell the trackers of your other codespaces what was counted here. Each command of the
group is a file of its own."""

import click

from codespace_tracker.cli.loader import LazyGroup

_COMMANDS = {
    "now": "Tell what is new here, and take what is new there. (The default command.)",
    "setup": "Choose the private git repository in which your codespaces meet.",
    "status": "Show the meeting place, and when it last worked.",
    "forget": "Stop sharing, and delete what came from other codespaces.",
}


@click.group(
    cls=LazyGroup, package="codespace_tracker.cli.commands.sync", listed=_COMMANDS, default="now"
)
def command() -> None:
    """Tell the trackers of your other codespaces what was counted here, and take what they tell.

    They meet in a private git repository that you choose with `sync setup`; nothing is sent
    before that. What is sent are the times and cores of sessions: `sync --dry-run` prints all of
    it. `codespace-tracker fleet` shows all codespaces together.
    """
