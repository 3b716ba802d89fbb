"""Verbs as processes of their own, without the start of an interpreter for each.

A process that has imported what verbs import waits for requests, and for each brings forth one that
goes on as the program: with variables, arguments, folder and descriptors of its own, and it ends as
a program ends. Starting Python and importing anew is most of what a verb costs, and the tests call
some thousands.
"""

import atexit
import contextlib
import ctypes
import gc
import importlib
import json
import os
import pkgutil
import random
import selectors
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from typing import Any

import codespace_tracker
from codespace_tracker import cli

LARGEST = 60_000
"""Bytes of a request; the kernel takes about three times as much at once."""

_LANG = "C.UTF-8"


class CommandServer:
    """The waiting process of one test process; begun when it is first asked."""

    def __init__(self) -> None:
        self._socket: socket.socket | None = None
        self._process: subprocess.Popen[bytes]

    def run(
        self, words: Sequence[str], env: dict[str, str], seconds: float, within: int = 0
    ) -> subprocess.CompletedProcess[str] | None:
        """Run the program with these words, and nothing in its environment but `env`; in the mount
        and PID namespace of the process `within`, if that is given.

        None if it must be started for itself: what Python reads when it starts is set, or the
        request is too large. Raises subprocess.TimeoutExpired, as subprocess.run does, but leaves
        the verb to itself then.
        """
        if env.get("LANG") != _LANG or any(name.startswith(("PYTHON", "LC_")) for name in env):
            return None
        request = json.dumps(
            {"words": list(words), "env": env, "cwd": os.getcwd(), "within": within}
        ).encode()
        if len(request) > LARGEST:
            return None
        if self._socket is None:
            self._socket = self._begun()
        pipes = [os.pipe() for _ in range(3)]
        try:
            socket.send_fds(self._socket, [request], [0, *(end for _, end in pipes)])
        finally:
            for _, end in pipes:
                os.close(end)
        said = _read([end for end, _ in pipes], seconds)
        if said is None:
            raise subprocess.TimeoutExpired(list(words), seconds)
        out, err, code = (part.decode() for part in said)
        assert code, "the verb's process tells how it ended"
        return subprocess.CompletedProcess(list(words), int(code), out, err)

    def _begun(self) -> socket.socket:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, __file__, str(theirs.fileno())],
                env={"PATH": os.environ["PATH"], "LANG": _LANG},
                stdin=subprocess.PIPE,
                # Python takes streams for what they are when it starts: pipes, as a verb's
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                pass_fds=[theirs.fileno()],
            )
        return ours


def _read(ends: list[int], seconds: float) -> list[bytes] | None:
    """All that comes out of pipes until nobody has their other ends any more; None if that takes
    too long."""
    until, found = time.monotonic() + seconds, dict.fromkeys(ends, b"")
    try:
        with selectors.DefaultSelector() as selector:
            for end in ends:
                selector.register(end, selectors.EVENT_READ)
            while selector.get_map():
                left = until - time.monotonic()
                if left <= 0:
                    return None
                for key, _ in selector.select(left):
                    part = os.read(key.fd, 1 << 16)
                    found[key.fd] += part
                    if not part:
                        selector.unregister(key.fd)
    finally:
        for end in ends:
            os.close(end)
    return [found[end] for end in ends]


def _preloaded() -> None:
    """Import all of the product, as verbs do when they are called."""
    for module in pkgutil.walk_packages(
        codespace_tracker.__path__, f"{codespace_tracker.__name__}."
    ):
        if not module.name.endswith(".__main__"):
            importlib.import_module(module.name)
    gc.freeze()  # or each child copies what its collector looks at


def _serve(requests: socket.socket) -> None:
    """Wait for requests, and come back in the process of each."""
    while True:
        request, handles, *_ = socket.recv_fds(requests, LARGEST, 4)
        if not request:
            sys.exit()  # the tests are over
        if os.fork():
            for handle in handles:
                os.close(handle)
            continue
        requests.close()
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        asked = json.loads(request)
        if asked["within"]:
            _enter(asked["within"])
        if _is_verb(handles.pop()):
            _become(asked, handles)
            return


def _enter(pid: int) -> None:
    """Go where a process sees its files, and have children among its processes."""
    libc = ctypes.CDLL(None, use_errno=True)  # os.setns came with Python 3.12
    places = [
        os.open(f"/proc/{pid}/ns/{name}", os.O_RDONLY | os.O_CLOEXEC) for name in ("pid", "mnt")
    ]
    for place in places:
        if libc.setns(place, 0):
            raise OSError(ctypes.get_errno(), f"setns to process {pid}")
        os.close(place)


def _is_verb(told: int) -> bool:
    """True in the verb's process; the other one waits for its end, tells of it and ends."""
    child = os.fork()
    if child == 0:
        os.close(told)
        return True
    for handle in range(told):
        with contextlib.suppress(OSError):
            os.close(handle)
    _, status = os.waitpid(child, 0)
    os.write(told, str(os.waitstatus_to_exitcode(status)).encode())
    os._exit(0)


def _become(request: dict[str, Any], handles: Sequence[int]) -> None:
    for number, handle in enumerate(handles):
        os.dup2(handle, number)
    os.closerange(3, 64)
    os.environ.clear()
    os.environ.update(request["env"])
    os.chdir(request["cwd"])
    time.tzset()
    random.seed()
    sys.argv = ["-c", *request["words"]]
    sys.path[0] = ""  # as Python has it for -c


if __name__ == "__main__":
    _preloaded()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    _serve(socket.socket(fileno=int(sys.argv[1])))
    try:
        cli.main()
    except SystemExit as ended:
        if not isinstance(ended.code, int):
            raise
        # as Python ends, but for taking all modules apart: that would copy what is shared
        atexit._run_exitfuncs()
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(ended.code)
