"""`hub migrate`: make the database, or bring it up to date."""

import click

from codespace_tracker.cli import hub_database
from codespace_tracker.cli.hub_database import database_option
from codespace_tracker.views import wording


@click.command()
@database_option
def command(database: str) -> int:
    """Make the database, or bring it up to date. Running it again changes nothing.

    Make a backup first. Processes of the hub may keep running, and must be of this version
    afterwards.
    """
    store = hub_database.store_at(database)

    from codespace_tracker.hub import ageing

    async def work() -> int:
        try:
            done = await store.migrate()
            await ageing.make_months(store, hub_database.now())
            return done
        finally:
            await store.close()

    done = hub_database.run(work())
    click.echo(
        f"{wording.count(done, 'migration')} done." if done else "The database is up to date."
    )
    return 0
