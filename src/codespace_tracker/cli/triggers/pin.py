"""`triggers pin`: the hash of a trigger's download, so that nothing else is ever run."""

import click

from codespace_tracker.cli.failure import Failure
from codespace_tracker.cli.options import directory_option, state_directory
from codespace_tracker.cli.triggers.edit import set_field
from codespace_tracker.cli.triggers.standing import look


@click.command()
@click.argument("label")
@directory_option
def command(label: str, dir_: str | None) -> None:
    """Write the SHA-256 of what the trigger's URL gives now into the file: another download is not run."""
    from codespace_tracker.runs.download import DownloadFailed, hash_of_url

    directory = state_directory(dir_)
    trigger, _ = look(directory).trigger(label)
    if not trigger.script.url:
        raise Failure(f"{trigger.label}: it has no script_url.")
    try:
        found = hash_of_url(trigger.script.url)
    except DownloadFailed as error:
        raise Failure(f"{error}. Mend: look at the address; nothing was changed.") from error
    if found == trigger.script.sha256:
        click.echo(f"{trigger.label}: pinned to {found} already.")
        return
    set_field(directory, trigger.label, "sha256", found)
    was = f" (it was {trigger.script.sha256})" if trigger.script.sha256 else ""
    click.echo(f"{trigger.label}: pinned to {found}{was}. Look at the script before you trust it.")
