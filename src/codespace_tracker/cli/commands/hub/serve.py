"""`hub serve`: answer trackers and viewers."""

import click

from codespace_tracker.cli import hub_database
from codespace_tracker.cli.hub_database import database_option
from codespace_tracker.failure import Failure

_LISTEN = "127.0.0.1:8780"


@click.command()
@database_option
@click.option(
    "--listen", metavar="HOST:PORT", default=_LISTEN, show_default=True, help="Where to listen."
)
@click.option(
    "--rate",
    type=click.FloatRange(0),
    default=5.0,
    show_default=True,
    help="Requests per second that a stream may make in the long run; 0: no limit.",
)
def command(database: str, listen: str, rate: float) -> int:
    """Answer trackers and viewers, until TERM or Ctrl-C.

    It speaks plain http: put a proxy with a certificate in front of it. Several processes may
    listen at one address, with the same database.
    """
    store = hub_database.store_at(database)
    host, port = _address(listen)
    try:
        from codespace_tracker.hub.web import server
    except ModuleNotFoundError as error:
        raise hub_database.extra_missing(error) from error
    try:
        listening = server.listen(host, port)
    except OSError as error:
        raise Failure(f"{listen}: cannot be listened at ({error.strerror}).") from error
    with hub_database.explained():
        where = f"[{host}]" if ":" in host else host
        server.serve(
            store,
            listening,
            rate=rate,
            ready=lambda: click.echo(f"Listening on http://{where}:{listening.getsockname()[1]}"),
        )
    return 0


def _address(listen: str) -> tuple[str, int]:
    host, _, port = listen.rpartition(":")
    if not host or not port.isdecimal() or int(port) > 65535:
        raise click.UsageError(f"--listen: {listen} is not HOST:PORT, such as {_LISTEN}.")
    return host.strip("[]"), int(port)
