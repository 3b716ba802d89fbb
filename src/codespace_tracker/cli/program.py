"""The command line as click knows it: all commands, and mistakes in how they are called."""

import click

from codespace_tracker import __version__
from codespace_tracker.cli.loader import LazyGroup

_DONE, _FAILED, _USAGE = 0, 1, 2

_COMMANDS = {
    "status": "Show how long this session, today and all sessions have run.",
    "prompt": "Show the running time in one short line, for shell prompts.",
    "sessions": "List the sessions.",
    "log": "Show what happened, newest last.",
    "quota": "Show the core-hours left this month, and when they will run out.",
    "page": "Write all figures, with charts, into one HTML file; --serve keeps it live.",
    "watch": "Live dashboard: session, month, triggers and runs.",
    "usage": "Show, import or fetch GitHub's own figures.",
    "fleet": "Show all your codespaces together.",
    "sync": "Tell your other codespaces what was counted here, and take what they tell.",
    "hub": "Run a hub, at which the codespaces of a team meet.",
    "report": "Show running time and core-hours per day, month, repository and more.",
    "export": "Print all sessions as JSON lines or CSV.",
    "import": "Add sessions that were counted elsewhere.",
    "triggers": "Show, add, edit, check, explain and run triggers.",
    "notice": "Show a message once in each new shell, and in `status`.",
    "activity": "Say that you are active. Idle triggers then start waiting again.",
    "editor": "Install, update or remove the extension for VS Code.",
    "doctor": "Check for problems with the tracker, and say how to fix them.",
    "stop-codespace": "Stop this codespace.",
    "start": "Start the tracker in the background.",
    "stop": "Stop the tracker, not the codespace.",
    "restart": "Stop the tracker and start it again.",
    "ensure": "Start the tracker if it is not running (for hooks).",
    "chalu": "Recover the last session if it was cut off, and begin this one.",
    "ghadi": "Run the tracker in the foreground.",
    "init": "Create the state directory with sample files.",
    "devcontainer": "Make devcontainer.json start the tracker.",
    "uninstall": "Remove everything that setup.sh added.",
    "completion": "Print shell completion for bash, zsh or fish.",
    "version": "Show the version.",
}
"""The commands in the order of the help page, with their short help, so that the help page imports
none of them."""


@click.group(
    cls=LazyGroup,
    package="codespace_tracker.cli.commands",
    listed=_COMMANDS,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(__version__, message="codespace-tracker %(version)s")
def program() -> None:
    """Track how long this codespace runs and what is left of the quota, and run scripts on
    conditions.

    Start with `status`, `quota`, `report` and `doctor`. `COMMAND --help` explains a command.
    """


def called(arguments: list[str]) -> int:
    """Run a command by its arguments; its exit code. Mistakes in the arguments are shown."""
    try:
        result = program.main(arguments, prog_name="codespace-tracker", standalone_mode=False)
    except click.UsageError as error:
        error.show()
        return _USAGE
    except click.ClickException as error:
        error.show()
        return _FAILED
    except click.Abort:
        raise KeyboardInterrupt from None
    return result if isinstance(result, int) else _DONE
