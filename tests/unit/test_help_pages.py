"""The help pages at 80 columns: every command, as a user sees them."""

import click
import pytest

from codespace_tracker.cli.program import program


def pages(command: click.Command, words: tuple[str, ...] = ()) -> dict[str, str]:
    """The help pages of a command and of all commands below it, by their words."""
    context = click.Context(
        command, info_name=" ".join(("codespace-tracker", *words)), max_content_width=100
    )
    context.terminal_width = 78  # as click has it on a terminal of 80 columns
    found = {" ".join(words): command.get_help(context)}
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            inner = command.get_command(context, name)
            assert inner is not None
            found |= pages(inner, (*words, name))
    return found


PAGES = pages(program)


@pytest.mark.parametrize("name", PAGES)
def test_no_line_of_a_help_page_is_wider_than_80_columns(name: str) -> None:
    assert [line for line in PAGES[name].splitlines() if len(line) > 80] == []


@pytest.mark.parametrize("name", PAGES)
def test_no_word_of_a_help_page_is_broken_at_a_hyphen(name: str) -> None:
    assert [line for line in PAGES[name].splitlines() if line.endswith("-")] == []
