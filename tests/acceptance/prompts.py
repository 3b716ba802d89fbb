"""Runs within a container, as its user: opens terminals at once, with the shell hook and without
it, by turns.

usage: python prompts.py SHELL STARTUP_FILE TERMINALS ROUNDS. Prints {"with": [...], "without":
[...]} as JSON: for each terminal how long it took until its prompt, in ms.
"""

import json
import os
import pty
import select
import signal
import sys
import time
from pathlib import Path

from codespace_tracker.install import shell_hook

PROMPT = b"READY> "


def main(shell: str, startup: str, terminals: int, rounds: int) -> None:
    own = (Path.home() / startup).read_text()
    homes = {}
    for name in ("with", "without"):
        homes[name] = Path("/tmp") / f"prompts-{os.getpid()}-{name}"
        homes[name].mkdir()
        (homes[name] / startup).write_text(f"{own}\nPS1='READY> '\n")
    assert shell_hook.take_away(str(homes["without"] / startup)), "there is a hook to be without"
    found: dict[str, list[float]] = {name: [] for name in homes}
    for _ in range(rounds):
        for name, home in homes.items():
            found[name] += opened(shell, home, terminals)
    print(json.dumps(found))


def opened(shell: str, home: Path, terminals: int) -> list[float]:
    """Open so many terminals at once; how long each took until its prompt, in ms."""
    began, said, took = {}, {}, []
    for _ in range(terminals):
        at = time.monotonic()
        pid, fd = pty.fork()
        if pid == 0:
            os.execve(
                shell,
                [shell, "-i"],
                {"HOME": str(home), "PATH": os.environ["PATH"], "TERM": "xterm"},
            )
        began[fd], said[fd] = (at, pid), b""
    while said:
        ready, _, _ = select.select(list(said), [], [], 60)
        assert ready, said
        for fd in ready:
            said[fd] += os.read(fd, 4096)
            if PROMPT in said[fd]:
                at, pid = began[fd]
                took.append((time.monotonic() - at) * 1000)
                del said[fd]
    for fd, (_, pid) in began.items():
        os.kill(pid, signal.SIGKILL)
        os.close(fd)
        os.waitpid(pid, 0)
    return took


main(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))
