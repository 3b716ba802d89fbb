"""The block in ~/.bashrc and ~/.zshrc that brings the tracker back with a new shell, and shows the notices that stand.

Where the program itself is gone or cannot run any more, it is installed anew from the copy in the state directory.

When all is well no process is started: the keeper says its number in its lock file, and has that open as descriptor 9.
Where that cannot be seen, as another user's, one `flock` asks. In a terminal of JupyterHub `ensure` is always called,
in the background: the tracker may still have the token of an earlier server. It prints nothing else, and is for
interactive shells only. Each line of the file of notices begins with the second at which it is over: the file may be
older than that.

Nothing of another user's is run or shown. The kept copy runs only if `kept_program.HEAL` finds that it is ours alone.
That takes processes, but so does the start it is asked for. Notices are shown where the directory and the file are ours
and the file is not a link, which takes no process. A line with a control character is left out.
"""

import errno
import os
import re
import shlex
from collections.abc import Mapping

from codespace_tracker.cli.kept_program import HEAL, setup_script
from codespace_tracker.machine.chance import beside
from codespace_tracker.machine.files import FILE_MODE, sync_directory, write_all
from codespace_tracker.machine.lock import KEEPER_LOCK
from codespace_tracker.runtime_files import NOTICE

_BEGIN, _END = "# >>> codespace-tracker >>>", "# <<< codespace-tracker <<<"
_BLOCK = re.compile(rf"\n?^{_BEGIN}$(?:(?!^{_BEGIN}$).)*?^{_END}$\n?", re.MULTILINE | re.DOTALL)

_TEXT = """\
{begin}
# Brings the tracker back if it is not running, and shows notices. Made by codespace-tracker; `codespace-tracker
# uninstall` removes it.
{path}case $- in *i*)
  if {{ [ -x {command} ] || [ -f {setup} ]; }} &&
    {{ [ -n "${{JUPYTERHUB_API_TOKEN-}}" ] || [ ! -e {lock} ] || {{ [ -f {lock} ] &&
      ! {{ read -r _codespace_tracker && [ "/proc/${{_codespace_tracker%% *}}/fd/9" -ef {lock} ]; }} <{lock} &&
      (builtin cd / && flock -n -s 9) 9<{lock}; }}; }} 2>/dev/null; then
    (
      unset PYTHONPATH PYTHONHOME
      trap '' HUP
      builtin cd / && sh -c '{{ cd / && "$@"; }} || {{ cd "$5" && {heal}; }}' \\
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
  unset _codespace_tracker ;;
esac
{end}
"""


_PATH = """\
case ":$PATH:" in *:{folder}:*) ;; *) PATH="$PATH":{folder} ;; esac
"""


def block(directory: str, command: str) -> str:
    """The text of the block for a state directory and the path of our command, whose folder it puts on the PATH."""
    return _TEXT.format(
        path=_PATH.format(folder=shlex.quote(os.path.dirname(command))),
        begin=_BEGIN,
        end=_END,
        command=shlex.quote(command),
        directory=shlex.quote(directory),
        heal=HEAL,
        lock=shlex.quote(os.path.join(directory, KEEPER_LOCK)),
        notice=shlex.quote(os.path.join(directory, NOTICE)),
        setup=shlex.quote(setup_script(directory)),
    )


def startup_files(home: str, environ: Mapping[str, str]) -> list[str]:
    """The files to put it into: bash's, made if need be, and zsh's where there is one or zsh is the user's shell."""
    bash = os.path.join(home, ".bashrc")
    folder = environ.get("ZDOTDIR", "")
    zsh = os.path.join(folder if os.path.isabs(folder) else home, ".zshrc")
    wanted = os.path.exists(zsh) or os.path.basename(environ.get("SHELL", "")) == "zsh"
    return [bash, zsh] if wanted else [bash]


def has(path: str) -> bool:
    """Whether a block of ours, whichever, stands in the file."""
    return _BLOCK.search(_read(path)) is not None


def is_for(path: str, directory: str) -> bool:
    """Whether the block in the file is for this state directory."""
    found = _BLOCK.search(_read(path))
    return found is not None and f" --dir {shlex.quote(directory)} " in found[0]


def put(path: str, text: str) -> bool:
    """Put the block into a file in place of an older one; whether that changed the file. Raises OSError."""
    before = _read(path)
    rest = _BLOCK.sub("", before)
    separator = "" if not rest or rest.endswith("\n") else "\n"
    after = before if text in before else f"{rest}{separator}\n{text}"
    return _write(path, before, after)


def put_everywhere(home: str, environ: Mapping[str, str], text: str) -> dict[str, bool | OSError]:
    """Put the block into all startup files: for each whether that changed it, or why it could not be put there."""
    found: dict[str, bool | OSError] = {}
    for path in startup_files(home, environ):
        try:
            found[path] = put(path, text)
        except OSError as error:
            found[path] = error
    return found


def take_away(path: str) -> bool:
    """Take the block out of a file; whether there was one. Raises OSError."""
    before = _read(path)
    after = _BLOCK.sub("", before)
    if before and not after and not os.path.islink(path):
        os.unlink(path)  # nothing but our block was in it
        return True
    return _write(path, before, after)


def _read(path: str) -> str:
    if os.path.exists(path) and not os.path.isfile(path):
        raise OSError(errno.EINVAL, "is not a file", path)
    try:
        with open(path, encoding="utf-8", errors="surrogateescape", newline="") as file:
            return file.read()
    except FileNotFoundError:
        return ""


def _write(path: str, before: str, after: str) -> bool:
    """Replace the file in one step, with its own permissions, where a link leads to it."""
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
