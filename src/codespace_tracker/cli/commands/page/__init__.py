"""`page`: all figures as one HTML file, or served live."""

import contextlib
import os
import sys

import click

from codespace_tracker.cli import show
from codespace_tracker.cli.options import directory_option, state_directory
from codespace_tracker.cli.output_file import check_output, opened
from codespace_tracker.machine.file_names import PAGE, PAGE_LINK
from codespace_tracker.machine.files import FILE_MODE, beside, replace
from codespace_tracker.machine.rooted import rooted

_DAYS = 28


@click.command()
@click.option(
    "--output",
    metavar="FILE",
    type=click.Path(dir_okay=False, allow_dash=True),
    help="Write to this file instead of page.html in the state directory; - for the terminal.",
)
@click.option(
    "--days",
    type=click.IntRange(1, 3660),
    default=_DAYS,
    show_default=True,
    help="How many days the hours of the week, the repositories and the machines are of.",
)
@click.option("--serve", is_flag=True, help="Serve a live page on this machine, until Ctrl-C.")
@click.option(
    "--port", type=click.IntRange(1, 65535), help="With --serve: the port; default: a free one."
)
@click.option("--open", "opens", is_flag=True, help="Open it in a browser, if there is one here.")
@directory_option
def command(
    output: str | None, days: int, serve: bool, port: int | None, opens: bool, dir_: str | None
) -> None:
    """Write all figures into one HTML file, with charts: what is left, when it ends, what was
    wasted.

    The file makes no request, needs no JavaScript, and shows this moment. With --serve the page is
    live, at an address that only you are told: it begins with a secret that ends with the command.
    The page is loaded again every minute while you look at it, and pauses after some minutes
    without a key or a click (`watch_minutes` in config.toml).
    """
    if serve and output is not None:
        raise click.UsageError("--serve writes no file: leave out --output.")
    if port is not None and not serve:
        raise click.UsageError("--port needs --serve.")
    if opens and output == "-":
        raise click.UsageError("--open needs a file: leave out --output -.")
    directory = state_directory(dir_)
    if serve:
        _serve(directory, days, port or 0, opens=opens)
        return
    path = _write(directory, days, output)
    if path is None:
        return
    click.echo(path)
    if opens:
        _open(path, "Open that file in a browser, or use --serve and open its address.")


def _write(directory: str, days: int, output: str | None) -> str | None:
    """Write the page, and the path of the file; None for the terminal."""
    from codespace_tracker.cli.commands.page.rendering import rendered  # imports Jinja2

    if output not in (None, "-"):
        check_output(str(output), directory)
    page = rendered(directory, days)
    if output == "-":
        show.echo(page)
        return None
    if output is None:
        path = os.path.join(directory, PAGE)
        replace(path, f"{page}\n".encode(), by=beside(path))
        return path
    with opened(output, FILE_MODE) as file:
        file.write(f"{page}\n")
    return output


def _open(path: str, otherwise: str) -> None:
    from codespace_tracker.cli.commands.page.browser import browser, open_file

    program = browser(os.environ)
    if program is None:
        click.echo(f"There is no browser here. {otherwise}")
        return
    open_file(path, program)


def _serve(directory: str, days: int, port: int, *, opens: bool) -> None:
    from codespace_tracker.cli.commands.page.rendering import answer, link
    from codespace_tracker.cli.commands.page.serving import Server

    path = os.path.join(directory, PAGE_LINK)
    with Server(port, lambda: answer(directory, days), os.environ) as server:
        click.echo(f"The page is at {server.address}")
        if server.host:
            click.echo(f"From your own machine: https://{server.host}/{server.token}/")
        click.echo("Keep that address to yourself. Ctrl-C ends it.")
        sys.stdout.flush()
        try:
            if opens:
                # a browser's arguments can be read by other users: they name a file that cannot
                replace(path, link(server.address).encode(), by=beside(path))
                _open(path, "Open the address above.")
            server.serve_forever()
        except KeyboardInterrupt:
            pass  # the ordinary way out
        finally:
            if opens:
                with contextlib.suppress(FileNotFoundError):
                    os.unlink(rooted(path))
        if server.bug is not None:
            raise server.bug
