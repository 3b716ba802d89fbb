"""`completion`: shell completion for commands and options."""

import os

import click
from click.shell_completion import get_completion_class

from codespace_tracker.install import fish_hook
from codespace_tracker.install.places import COMMANDS, has_short_name
from codespace_tracker.install.places import command as our_command
from codespace_tracker.machine import directory


@click.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def command(shell: str) -> None:
    """Print shell completion for bash, zsh or fish. To turn it on, run one of these:

    \b
    bash: echo 'eval "$(codespace-tracker completion bash)"' >> ~/.bashrc
    zsh:  echo 'eval "$(codespace-tracker completion zsh)"' >> ~/.zshrc
    fish: codespace-tracker completion fish \\
            > ~/.config/fish/completions/codespace-tracker.fish
    """
    from codespace_tracker.cli.program import program

    names = (
        COMMANDS[:2]
        if has_short_name(our_command(directory.home(os.environ), os.environ), os.environ)
        else COMMANDS[:1]
    )
    made = get_completion_class(shell)
    for name in names:
        if shell == "fish":
            click.echo(fish_hook.completion_script(name))
        elif made is not None:
            click.echo(made(program, {}, name, "_CODESPACE_TRACKER_COMPLETE").source())
