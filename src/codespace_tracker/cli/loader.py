"""A group of commands, each imported only when it is called, so that none slows down another."""

import importlib
from collections.abc import Mapping
from keyword import iskeyword
from typing import Any

import click

_OTHER_WORDS = {"pause": "disable", "resume": "enable", "delete": "remove"}
"""Other names that people use for some commands."""


class LazyGroup(click.Group):
    """Commands by name with their short help. Each is `command` in its own module in `package`.

    `default` is the command to run if none is given.
    """

    def __init__(
        self,
        *args: Any,
        package: str,
        listed: Mapping[str, str],
        default: str | None = None,
        **options: Any,
    ) -> None:
        super().__init__(*args, **options)
        self.invoke_without_command = default is not None
        self.no_args_is_help = default is None
        self._package = package
        self._listed = dict(listed)
        self.default = default

    def list_commands(self, _ctx: click.Context) -> list[str]:
        """The names, in the order of the help page."""
        return list(self._listed)

    def get_command(self, _ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of a name, imported now."""
        if cmd_name not in self._listed:
            return None
        name = cmd_name.replace("-", "_")
        module = importlib.import_module(
            f"{self._package}.{name}_" if iskeyword(name) else f"{self._package}.{name}"
        )
        command = module.command
        return command if isinstance(command, click.Command) else None

    def format_commands(self, _ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list of commands on the help page, without importing any."""
        with formatter.section("Commands"):
            formatter.write_dl(list(self._listed.items()))

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Options without a command go to the default command."""
        wants_help = any(word in ("-h", "--help") for word in args)
        names_none = not args or args[0].startswith("-")
        is_shell = ctx.resilient_parsing  # completion asks for the commands
        if self.default is not None and names_none and not wants_help and not is_shell:
            args = [self.default, *args]
        return super().parse_args(ctx, args)

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[Any]:
        """Completions of a word: commands, without importing any, and options."""
        from click.shell_completion import CompletionItem

        found = [
            CompletionItem(name, help=text)
            for name, text in self._listed.items()
            if name.startswith(incomplete)
        ]
        return [*found, *click.Command.shell_complete(self, ctx, incomplete)]

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command of a name. Raises click.UsageError with a suggestion."""
        if args[0] not in self._listed and not args[0].startswith("-"):
            import difflib

            other = _OTHER_WORDS.get(args[0])
            close = (
                [other]
                if other and other in self._listed
                else difflib.get_close_matches(args[0], self._listed, 1)
            )
            hint = (
                f" Did you mean `{close[0]}`?"
                if close
                else f" `{ctx.command_path} --help` lists the commands."
            )
            ctx.fail(f"there is no command `{args[0]}`.{hint}")
        return super().resolve_command(ctx, args)
