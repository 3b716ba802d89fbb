"""`completion`: what a shell needs to complete the verbs and options."""

import click
from click.shell_completion import get_completion_class


@click.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def command(shell: str) -> None:
    """Print shell completion for bash, zsh or fish.

    \b
    bash: echo 'eval "$(codespace-tracker completion bash)"' >> ~/.bashrc
    zsh:  echo 'eval "$(codespace-tracker completion zsh)"' >> ~/.zshrc
    fish: codespace-tracker completion fish > ~/.config/fish/completions/codespace-tracker.fish
    """
    from codespace_tracker.cli.run import program

    made = get_completion_class(shell)
    if made is not None:
        for name in ("codespace-tracker", "cst"):
            click.echo(made(program, {}, name, "_CODESPACE_TRACKER_COMPLETE").source())
