"""fish's form of what `shell_hook.py` has for bash and zsh, and its completion.

No process is started as long as the tracker runs, but in a terminal of JupyterHub, and once to
remember that the editor's extension was offered (fish warns of a file that is there already). fish
has no clock of its own: while the tracker runs it takes away notices that are over, and only where
it does not run, `date` is asked. fish before 3.6 cannot compare two files; there a `flock` is asked
each time.
"""

import os
from collections.abc import Mapping

from codespace_tracker.install.editor import SOCKET
from codespace_tracker.install.extension_places import PATTERNS
from codespace_tracker.install.kept_program import setup_script
from codespace_tracker.install.shell_hook import (
    ASKED,
    BEGIN,
    END,
    OFFER,
    REVIVE,
    folder_for_path,
)
from codespace_tracker.machine.file_names import EDITOR_OFFERED, NOTICE
from codespace_tracker.machine.lock import KEEPER_LOCK

_COMPLETE = "_CODESPACE_TRACKER_COMPLETE"

_TEXT = """\
{begin}
# Brings the tracker back if it is not running, and shows notices. Made by codespace-tracker; `codespace-tracker
# uninstall` removes it.
{path}if set -q {asked}
    set -gx {asked} {directory}
else if status is-interactive
    set -l runs
    if test -f {lock}
        read -l -d ' ' pid rest <{lock}
        test /proc/$pid/fd/9 -ef {lock}
        and set runs yes
    end 2>/dev/null
    if test -z "$runs" -o -n "$JUPYTERHUB_API_TOKEN"
        and begin
            test -x {command}
            or test -f {setup}
        end
        and begin
            test -f {lock}
            or not test -e {lock}
        end
        /bin/sh -c '{revive}' sh {command} ensure --quiet --dir {directory} </dev/null >/dev/null 2>&1
    end
    if test -f {notice}; and test -s {notice}; and not test -L {notice}; and test -O {notice}; and test -O {directory}
        set -l now 0
        test -n "$runs"
        or set now (/bin/date +%s)
        while read -l -d ' ' over text
            string match -qr '\\p{{Cc}}' -- "$text"
            and continue
            test "$now" -ge "$over"
            or printf '%s\\n' "$text"
        end <{notice} 2>/dev/null
    end
    if test -n "${socket}"; and not test -e {offered}; and test -x {command}; and test -O {directory}
        set -l found {places}
        test -z "$found"
        and /bin/sh -c 'umask 077 && set -C && : >"$1"' sh {offered} 2>/dev/null
        and printf '%s\\n' '{offer}'
    end
end
{end}
"""  # noqa: E501 - hooks that are there are compared with it byte for byte

_REVIVE = (
    'unset PYTHONPATH PYTHONHOME; trap "" HUP; cd / || exit; '
    '[ -n "${JUPYTERHUB_API_TOKEN-}" ] || '
    f'[ ! -e "$5/{KEEPER_LOCK}" ] || flock -n -s "$5/{KEEPER_LOCK}" true || exit; '
    f"{{ {REVIVE}; }} &"
)
"""What the sh does: it asks the lock, and leaves the start to a process that the shell does not
wait for."""

_PATH = """\
contains -- {folder} $PATH
or set -gx PATH $PATH {folder}
"""


def block(directory: str, command: str) -> str:
    """The text of the block, as `shell_hook.block` has it."""
    on_path = folder_for_path(command)
    return _TEXT.format(
        path=_PATH.format(folder=quoted(on_path)) if on_path else "",
        begin=BEGIN,
        end=END,
        asked=ASKED,
        command=quoted(command),
        directory=quoted(directory),
        revive=_REVIVE,
        lock=quoted(os.path.join(directory, KEEPER_LOCK)),
        notice=quoted(os.path.join(directory, NOTICE)),
        setup=quoted(setup_script(directory)),
        socket=SOCKET,
        offered=quoted(os.path.join(directory, EDITOR_OFFERED)),
        places=" ".join(f"~/{pattern}" for pattern in PATTERNS),
        offer=OFFER,
    )


def completion(name: str) -> str:
    """The completion of one of our commands, as a block."""
    return f"{BEGIN}\n{completion_script(name).strip()}\n{END}\n"


def completion_script(name: str) -> str:
    """The completion of one of our commands. click's own ends a description at its first comma."""
    from click import Command
    from click.shell_completion import FishComplete

    made = FishComplete(
        Command(name), {}, name, _COMPLETE
    ).source()  # the script asks the command itself what it has
    return made.replace('string split "," ', 'string split -m 1 "," ')


def folder(home: str, environ: Mapping[str, str]) -> str:
    """Where fish looks for a user's files."""
    config = environ.get("XDG_CONFIG_HOME", "")
    return os.path.join(config if os.path.isabs(config) else os.path.join(home, ".config"), "fish")


def startup_file(folder: str) -> str:
    """The file in fish's folder that has the block: fish reads all of `conf.d` at each start."""
    return os.path.join(folder, "conf.d", "codespace-tracker.fish")


def completion_file(folder: str, name: str) -> str:
    """The file in fish's folder that is read when one of our commands is to be completed."""
    return os.path.join(folder, "completions", f"{name}.fish")


def quoted(text: str) -> str:
    """A text as one word of fish."""
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"
