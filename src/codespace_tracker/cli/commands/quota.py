"""`quota`: what is left of the month's core-hours, and how long it lasts."""

import click

from codespace_tracker.cli import quota_warnings, show
from codespace_tracker.cli.answers.quota import answer
from codespace_tracker.cli.options import directory_option, json_option, state_directory
from codespace_tracker.views import fuel

_NO_WARNING = "Warnings are off. Their triggers are still in trigger_config.json, disabled."


@click.command()
@click.option(
    "--warn/--no-warn", default=None, help="Turn warnings at 50, 75, 90 and 100 % on or off."
)
@click.option(
    "--notice",
    "as_notice",
    is_flag=True,
    help="Show the quota once in each new shell. (--warn uses this.)",
)
@click.option(
    "--plan",
    metavar="PLAN",
    help='Set your plan in config.toml: "free", "pro", "none", or a number of core-hours.',
)
@directory_option
@json_option
def command(
    warn: bool | None, as_notice: bool, plan: str | None, dir_: str | None, as_json: bool
) -> int:
    """Show what is left of this month's core-hours, and how long it will last.

    A core-hour is an hour on one core: a machine with 2 cores uses two in an hour. --warn adds four
    triggers to trigger_config.json. With --plan you say which plan you have on GitHub, because no
    program can look it up.
    """
    if sum((warn is not None, as_notice, as_json, plan is not None)) > 1:
        raise click.UsageError("--warn, --notice, --plan and --json do not go together.")
    if as_json or (warn is None and plan is None and not as_notice):
        return answer(dir_, as_json)
    directory = state_directory(dir_)
    if plan is not None:
        from codespace_tracker.cli.quota_plan import set_plan

        click.echo(show.hanging("", set_plan(directory, plan)))
        return 0
    if warn is not None:
        note = quota_warnings.switch(directory, on=warn)
        click.echo(quota_warnings.switched_on(directory) if warn else _NO_WARNING)
        if note:
            click.echo(note)
        return 0
    from codespace_tracker.cli.give_notice import give

    said = quota_warnings.notice(fuel.look(directory))
    give(directory, quota_warnings.SUBJECT, said)
    click.echo(f"New shells say: {said}")
    return 0
