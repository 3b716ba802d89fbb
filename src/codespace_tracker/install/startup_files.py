"""Which startup files get the shell hook: those that the user's shells read.

bash reads ~/.bashrc in a shell that is no login shell. What a login shell reads is asked of bash:
where that is not our block (JupyterLab's terminals, tmux and ssh open login shells), it goes into
the file that a login shell reads too. zsh is asked for its ZDOTDIR. fish reads files of their own,
which also hold its completion. Other shells are not served: `by_hand` says what their users can do.
"""

import contextlib
import os
import shlex
from collections.abc import Mapping
from typing import NamedTuple

from codespace_tracker.install import fish_hook, login_shell, original_block, shell_hook
from codespace_tracker.install.places import COMMANDS, has_short_name
from codespace_tracker.machine import directory as directories

_OF_LOGIN = (".bash_profile", ".bash_login", ".profile")
"""What bash looks for as a login shell: it reads the first one that is there."""

_OF_ZSH = (".zshrc", ".zshenv")

_BY_HAND = {
    "sh": (".profile",),
    "dash": (".profile",),
    "ksh": (".kshrc", ".profile"),
    "mksh": (".mkshrc", ".profile"),
    "csh": (".cshrc",),
    "tcsh": (".tcshrc", ".cshrc"),
    "nu": (".config/nushell/config.nu",),
    "elvish": (".config/elvish/rc.elv",),
    "xonsh": (".xonshrc",),
    "pwsh": (".config/powershell/profile.ps1",),
}
"""Startup files of shells that are not served, in the home directory; the first is the one that is
advised."""


class Put(NamedTuple):
    """What became of one file: whether it was changed, or why it could not be; and the text that
    belongs into it."""

    changed: bool | OSError
    text: str


def put_everywhere(
    home: str, environ: Mapping[str, str], directory: str, command: str, *, ask: bool
) -> dict[str, Put]:
    """Put the hook wherever the user's shells look, by path.

    A login bash is asked what it reads where `ask` says so, else only if another file was changed.
    """
    shells = login_shell.shells(environ)
    text = shell_hook.block(directory, command)
    made: list[str] = []
    done = {path: _put(path, text, made) for path in _of_sh(home, environ, shells)}
    fish = fish_hook.folder(home, environ)
    if "fish" in shells or os.path.isdir(fish):
        for path, content in _of_fish(fish, directory, command, environ).items():
            done[path] = _put(path, content, made)
    login = _login_file(home)
    if shell_hook.is_in(login) or (
        (ask or any(change.changed is True for change in done.values()))
        and "bash" in shells
        and _login_bash_lacks(directory, shells["bash"], home, environ)
    ):
        done[login] = _put(login, text, made)
    others = [path for path in done if path not in _usual(home)]
    with contextlib.suppress(OSError):  # `uninstall` finds most of it all the same
        directories.note_shell_hook_places(made + others, environ)
    return done


def holders(home: str, environ: Mapping[str, str]) -> list[str]:
    """The files that contain something we wrote."""
    fish = fish_hook.folder(home, environ)
    places = [*_usual(home), *_of_fish_folder(fish), *directories.shell_hook_places(environ)]
    zdotdir = environ.get("ZDOTDIR", "")
    if os.path.isabs(zdotdir):
        places.append(os.path.join(zdotdir, ".zshrc"))
    return [
        path for path in dict.fromkeys(places) if not path.endswith("/") and shell_hook.is_in(path)
    ]


def take_away_everywhere(home: str, environ: Mapping[str, str]) -> dict[str, OSError | None]:
    """Remove everything we wrote from all startup files. Returns each file that had some, and why
    it could not be changed."""
    taken: dict[str, OSError | None] = {}
    for path in holders(home, environ):
        try:
            shell_hook.take_away(path)
            taken[path] = None
        except OSError as error:
            taken[path] = error
    folders = [path for path in directories.shell_hook_places(environ) if path.endswith("/")]
    for path in sorted(folders, key=len, reverse=True):
        with contextlib.suppress(OSError):  # something else lies in it by now
            os.rmdir(path)
    return taken


def by_hand(shell: str, home: str, command: str) -> tuple[str, str]:
    """For a shell that is not served: the startup file that has our line already, empty if none
    has; and what to do."""
    names = _BY_HAND.get(shell, ())
    line = f"{shlex.quote(command)} ensure --quiet"
    for name in names:
        path = os.path.join(home, name)
        with contextlib.suppress(OSError):
            if f"{COMMANDS[0]} ensure" in shell_hook.text_around(path):
                return path, ""
    place = f"~/{names[0]}" if names else "its startup file"
    return "", f"add this line to {place}: {line}"


def _of_sh(home: str, environ: Mapping[str, str], shells: Mapping[str, str]) -> list[str]:
    """The files for bash, made if need be, and for zsh where it is the user's shell or has startup
    files."""
    bash = os.path.join(home, ".bashrc")
    zdotdir = environ.get("ZDOTDIR", "")
    of_zsh = [os.path.join(home, name) for name in _OF_ZSH]
    if os.path.isabs(zdotdir):
        of_zsh.append(os.path.join(zdotdir, ".zshrc"))
    if "zsh" not in shells and not any(map(os.path.exists, of_zsh)):
        return [bash]
    return [bash, os.path.join(login_shell.zsh_folder(home, environ), ".zshrc")]


def _of_fish(
    folder: str, directory: str, command: str, environ: Mapping[str, str]
) -> dict[str, str]:
    """The files for fish, with what belongs into them."""
    names = COMMANDS[:2] if has_short_name(command, environ) else COMMANDS[:1]
    texts = {fish_hook.completion_file(folder, name): fish_hook.completion(name) for name in names}
    return {fish_hook.startup_file(folder): fish_hook.block(directory, command), **texts}


def _of_fish_folder(folder: str) -> list[str]:
    completions = [fish_hook.completion_file(folder, name) for name in COMMANDS[:2]]
    return [fish_hook.startup_file(folder), *completions]


def _usual(home: str) -> list[str]:
    """Where `uninstall` looks in every home."""
    names = (".bashrc", *_OF_LOGIN, ".zshrc")
    return [
        *(os.path.join(home, name) for name in names),
        *_of_fish_folder(os.path.join(home, ".config", "fish")),
    ]


def _login_file(home: str) -> str:
    """The file that bash reads as a login shell; ~/.profile where there is none."""
    places = [os.path.join(home, name) for name in _OF_LOGIN]
    return next((path for path in places if os.access(path, os.R_OK)), places[-1])


def _login_bash_lacks(directory: str, bash: str, home: str, environ: Mapping[str, str]) -> bool:
    """Whether a login shell was asked and does not read our block. None is asked that would run the
    original's."""
    if original_block.holders(home):
        return False
    answer = login_shell.ask(bash, home, environ, login=True)
    return answer is not None and answer.directory != directory


def _put(path: str, text: str, made: list[str]) -> Put:
    """Put a block into a file; the folders that are made for it are added to `made`."""
    try:
        _make_folders(os.path.dirname(path), made)
        return Put(shell_hook.put(path, text), text)
    except OSError as error:
        return Put(error, text)


def _make_folders(path: str, made: list[str]) -> None:
    if not os.path.isdir(path):
        _make_folders(os.path.dirname(path), made)
        os.mkdir(path)
        made.append(f"{path}/")
