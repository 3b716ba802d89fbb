"""The block in the startup files of bash and zsh that brings the tracker back with a new shell, and
shows the current notices; and how a block gets into a file and out of it again. (`fish_hook.py`
has fish's block, `startup_files.py` says which files.)

If the program itself is gone or can no longer run, it is reinstalled from the copy in the state
directory.

When all is well no process is started: the keeper says its number in its lock file, and has that
open as descriptor 9. Where that cannot be seen, as another user's, one `flock` asks. In a terminal
of JupyterHub `ensure` is always called, in the background: the tracker may still have the token of
an earlier server. It prints nothing else, and is for interactive shells only. Each line of the file
of notices begins with the second at which it is over: the file may be older than that.

In a terminal of an editor it says once that there is an extension, if none is found in the usual
places. That too takes no process: only the file that remembers it is made by one.

Nothing of another user's is run or shown. The kept copy runs only if `kept_program.HEAL` finds that
it is ours alone. That takes processes, but so does the start it is asked for. Notices are shown
where the directory and the file are ours and the file is not a link, which takes no process. A line
with a control character is left out.

Where `ASKED` is set, the block does nothing but put its state directory into it: `login_shell.py`
asks that way.
"""

import errno
import os
import re
import shlex

from codespace_tracker.install.editor import SOCKET
from codespace_tracker.install.extension_places import PATTERNS
from codespace_tracker.install.kept_program import HEAL, setup_script
from codespace_tracker.machine.file_names import EDITOR_OFFERED, NOTICE
from codespace_tracker.machine.files import FILE_MODE, beside, sync_directory, write_all
from codespace_tracker.machine.lock import KEEPER_LOCK

BEGIN, END = "# >>> codespace-tracker >>>", "# <<< codespace-tracker <<<"
ASKED = "CODESPACE_TRACKER_ASKED"
REVIVE = f'{{ cd / && "$@"; }} || {{ cd "$5" && {HEAL}; }}'
"""What a sh does to bring the tracker back, called with `COMMAND ensure --quiet --dir DIRECTORY`.
No single quotes."""

OFFER = "codespace-tracker has an extension for this editor: codespace-tracker editor install"
"""What a shell says once in a terminal of an editor that does not seem to have the extension."""

_BLOCK = re.compile(rf"^{BEGIN}$(?:(?!^{BEGIN}$).)*?^{END}$\n?", re.MULTILINE | re.DOTALL)
_ENVIRONMENT = "/codespace-tracker/venv/bin"  # of setup.sh and of the Feature

_TEXT = """\
{begin}
# Brings the tracker back if it is not running, and shows notices. Made by codespace-tracker; `codespace-tracker
# uninstall` removes it.
{path}case "$-${{{asked}:+ asked}}" in *' asked')
  {asked}={directory} ;;
*i*)
  if {{ [ -x {command} ] || [ -f {setup} ]; }} &&
    {{ [ -n "${{JUPYTERHUB_API_TOKEN-}}" ] || [ ! -e {lock} ] || {{ [ -f {lock} ] &&
      ! {{ read -r _codespace_tracker && [ "/proc/${{_codespace_tracker%% *}}/fd/9" -ef {lock} ]; }} <{lock} &&
      (builtin cd / && flock -n -s 9) 9<{lock}; }}; }} 2>/dev/null; then
    (
      unset PYTHONPATH PYTHONHOME
      trap '' HUP
      builtin cd / && sh -c '{revive}' \\
        sh {command} ensure --quiet --dir {directory} </dev/null >/dev/null 2>&1 &
    )
  fi
  if [ -f {notice} ] && [ -s {notice} ] && [ ! -L {notice} ] && [ -O {notice} ] && [ -O {directory} ]; then
    (
      [ -z "${{ZSH_VERSION-}}" ] || zmodload zsh/datetime
      while IFS=' ' read -r over text; do
        case $text in *[[:cntrl:]]*) continue ;; esac
        [ "${{EPOCHSECONDS:-0}}" -ge "$over" ] || printf '%s\\n' "$text"
      done <{notice}
    ) 2>/dev/null
  fi
  if [ -n "${{{socket}-}}" ] && [ ! -e {offered} ] && [ -x {command} ] && [ -O {directory} ]; then
    _codespace_tracker() {{
      [ -z "${{ZSH_VERSION-}}" ] || setopt localoptions nonomatch nocshnullglob
      for _codespace_tracker in {places}; do
        [ ! -e "$_codespace_tracker" ] || return 0
      done
      (umask 077 && set -C && : >{offered}) && printf '%s\\n' '{offer}'
    }}
    _codespace_tracker 2>/dev/null || :
    unset -f _codespace_tracker
  fi
  unset _codespace_tracker ;;
esac
{end}
"""  # noqa: E501 - hooks that are there are compared with it byte for byte


_PATH = """\
case ":$PATH:" in *:{folder}:*) ;; *) PATH="$PATH":{folder} ;; esac
"""


def block(directory: str, command: str) -> str:
    """The text of the block for a state directory and the path of our command, whose folder it puts
    on the PATH."""
    folder = folder_for_path(command)
    return _TEXT.format(
        path=_PATH.format(folder=shlex.quote(folder)) if folder else "",
        begin=BEGIN,
        end=END,
        asked=ASKED,
        command=shlex.quote(command),
        directory=shlex.quote(directory),
        revive=REVIVE,
        lock=shlex.quote(os.path.join(directory, KEEPER_LOCK)),
        notice=shlex.quote(os.path.join(directory, NOTICE)),
        setup=shlex.quote(setup_script(directory)),
        socket=SOCKET,
        offered=shlex.quote(os.path.join(directory, EDITOR_OFFERED)),
        places=" ".join(f"~/{pattern}" for pattern in PATTERNS),
        offer=OFFER,
    )


def folder_for_path(command: str) -> str:
    """The folder of our command as it goes on the PATH; empty for that of our environment, which
    has a Python and a pip too. (There it lies where another program has the name of the command in
    ~/.local/bin.)"""
    folder = os.path.dirname(command)
    return "" if folder.endswith(_ENVIRONMENT) else folder


def is_in(path: str) -> bool:
    """Whether our block is in the file; False if it cannot be read."""
    try:
        return _BLOCK.search(_read(path)) is not None
    except OSError:
        return False


def text_around(path: str) -> str:
    """What a file has beside our block. Raises OSError."""
    return _without(_read(path))


def put(path: str, text: str) -> bool:
    """Put the block into a file, in place of an older one; whether that changed the file. Raises
    OSError.

    The line break in front of the block tells `take_away` how the file was: a file that was not
    there begins with an empty line, one that was empty with the block, and one without a newline at
    its end has no empty line before it.
    """
    before = _read(path)
    found = _BLOCK.search(before)
    if found is not None:
        after = before[: found.start()] + text + _without(before[found.end() :])
    else:
        after = before + ("\n" if before or not os.path.exists(path) else "") + text
    return write(path, before, after)


def take_away(path: str) -> bool:
    """Take the block out of a file, and delete a file that was made for it; whether there was one.
    Raises OSError."""
    before = _read(path)
    after = _without(before)
    if after == "" and before.startswith("\n") and not os.path.islink(path):
        os.unlink(path)
        return True
    return write(path, before, after)


def _without(text: str) -> str:
    """A file's text as it was before the block was put into it."""
    while (found := _BLOCK.search(text)) is not None:
        head, tail = text[: found.start()], text[found.end() :]
        if head == "\n" or head.endswith("\n\n") or not tail:
            head = head.removesuffix("\n")
        text = head + tail
    return text


def _read(path: str) -> str:
    if os.path.exists(path) and not os.path.isfile(path):
        raise OSError(errno.EINVAL, "is not a file", path)
    try:
        with open(path, encoding="utf-8", errors="surrogateescape", newline="") as file:
            return file.read()
    except FileNotFoundError:
        return ""


def write(path: str, before: str, after: str) -> bool:
    """Replace the file in one step, with its own permissions, where a link leads to it; whether it
    changed."""
    if after == before:
        return False
    path = os.path.realpath(path)
    try:
        mode = os.stat(path).st_mode & 0o777
    except FileNotFoundError:
        mode = FILE_MODE | 0o044
    waiting = beside(f"{path}.codespace-tracker")
    fd = os.open(waiting, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, mode)
    try:
        write_all(fd, after.encode("utf-8", "surrogateescape"))
        os.fchmod(fd, mode)
        os.fsync(fd)
        os.rename(waiting, path)
    except OSError:
        os.unlink(waiting)
        raise
    finally:
        os.close(fd)
    sync_directory(os.path.dirname(path))
    return True
