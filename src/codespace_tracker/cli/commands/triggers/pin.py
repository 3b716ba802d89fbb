"""`triggers pin`: record the hash of a trigger's download, so that nothing else is ever run."""

import click

from codespace_tracker.cli.options import directory_option, label_argument, state_directory
from codespace_tracker.cli.trigger_file import in_file, set_field
from codespace_tracker.failure import Failure


@click.command()
@label_argument
@directory_option
def command(label: str, dir_: str | None) -> None:
    """Download the trigger's script now, and write its SHA-256 into trigger_config.json. If the
    download is different later, the trigger does not run it."""
    from codespace_tracker.core import address
    from codespace_tracker.runs.download import hash_of_url
    from codespace_tracker.runs.transfer import DownloadFailed

    directory = state_directory(dir_)
    trigger = in_file(directory, label)
    if not trigger.script.url:
        raise Failure(f"{trigger.label}: it has no script_url, so there is nothing to pin.")
    try:
        digest = hash_of_url(trigger.script.url)
    except DownloadFailed as error:
        raise Failure(f"{error}. Nothing was changed.") from error
    if digest == trigger.script.sha256:
        click.echo(
            f"{trigger.label}: already pinned; {address.shown(trigger.script.url)} has not changed."
        )
        return
    _, changed = set_field(directory, label, "sha256", digest)
    click.echo(f"{trigger.label}: pinned to what {address.shown(trigger.script.url)} returns now.")
    click.echo(
        f"  sha256  {digest}"
        + (f"\n  before  {trigger.script.sha256}" if trigger.script.sha256 else "")
    )
    click.echo("Read that script before you trust it: from now on, only this version is run.")
    if changed.note:
        click.echo(changed.note)
