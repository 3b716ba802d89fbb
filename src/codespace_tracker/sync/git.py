"""The `git` program, run so that nothing of the user's reaches it and nothing can hold it up.

Each call is a process group of its own with a time limit. What it may write, how much memory it
may have and how much of its output is read is limited while it runs. It gets a clean environment:
no configuration, no hooks, no `GIT_*` variables of the user's, no questions.
"""

from __future__ import annotations

import contextlib
import os
import resource
import selectors
import shutil
import signal
import subprocess
import time
from typing import TYPE_CHECKING, NamedTuple

from codespace_tracker.core.text import showable
from codespace_tracker.failure import Failure
from codespace_tracker.machine.file_names import MEETING
from codespace_tracker.machine.rooted import rooted

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import IO

SECONDS = 120.0
"""How long a call may take."""
OUTPUT_LIMIT = 4 << 20
FILE_LIMIT = 64 << 20
"""Bytes of a file that git may write: of the pack that it receives, while it receives it."""
_MEMORY_LIMIT = 1 << 30
_CPU_SECONDS = 30
"""Seconds of processor time that each process of git may take: what comes may unpack for ever."""
_SAID_LIMIT = 64 << 10
_LOOK_SECONDS = 0.002

_KEPT = (
    *("HOME", "PATH", "TMPDIR", "SSH_AUTH_SOCK"),
    *("SSL_CERT_FILE", "SSL_CERT_DIR", "GIT_SSL_CAINFO", "GIT_SSL_CAPATH"),
    *("http_proxy", "https_proxy", "HTTPS_PROXY", "no_proxy", "NO_PROXY", "all_proxy", "ALL_PROXY"),
)
"""The variables of the user's that git gets."""

_CONFIG = (
    ("core.hooksPath", "/dev/null"),
    ("core.askPass", ""),
    ("core.bigFileThreshold", "16m"),  # larger ones are not unpacked in memory
    ("core.packedGitWindowSize", "32m"),
    ("credential.helper", ""),
    ("fetch.fsckObjects", "true"),
    ("fetch.recurseSubmodules", "false"),
    ("fetch.unpackLimit", "1"),  # one pack, whose size is limited while it is written
    ("fetch.writeCommitGraph", "false"),
    ("gc.auto", "0"),
    ("http.followRedirects", "false"),
    ("http.lowSpeedLimit", "1000"),
    ("http.lowSpeedTime", "20"),
    ("maintenance.auto", "false"),
    ("pack.threads", "1"),
    ("protocol.version", "0"),  # one request to see all branches; version 2 needs two
    ("push.negotiate", "false"),
)

SSH = (
    "ssh -oBatchMode=yes -oConnectTimeout=20 -oServerAliveInterval=10 -oServerAliveCountMax=3 "
    "-oForwardAgent=no -oPermitLocalCommand=no -oControlMaster=no -oControlPath=none"
)


class GitFailed(Exception):
    """A call of git that failed: its exit code (negative: the signal that ended it; None: it took
    too long), what it said and printed, and how many seconds it lasted."""

    def __init__(self, code: int | None, said: str, output: bytes = b"", lasted: float = 0) -> None:
        super().__init__(said)
        self.code = code
        self.said = said
        self.output = output
        self.lasted = lasted

    @property
    def _said_here(self) -> list[str]:
        """The lines that are not the server's: it may have limits of its own."""
        return [line for line in self.said.splitlines() if not line.startswith("remote: ")]

    def _has(self, *signs: str) -> bool:
        return any(sign in line for sign in signs for line in self._said_here)

    @property
    def _was_killed(self) -> bool:
        """Whether the part of git that unpacks ended without a word: at its limit of processor
        time, or because someone killed it, which says nothing of what came."""
        signs = ("invalid index-pack output", "index-pack died of signal", "index-pack failed")
        lines = [line for line in self._said_here if not line.startswith("warning: ")]
        return bool(lines) and all(any(sign in line for sign in signs) for line in lines)

    @property
    def is_answer(self) -> bool:
        """Whether git came to an end by itself, and so says something of what it was asked."""
        return self.code is not None and 0 < self.code != 127 and not self.was_too_large

    @property
    def took_too_long(self) -> bool:
        """Whether the time limit ended it."""
        return self.code is None

    @property
    def was_too_large(self) -> bool:
        """Whether a limit of size ended it: of a file, of its memory, of its output, or of
        processor time."""
        out_of_time = self._was_killed and self.lasted >= _CPU_SECONDS
        return out_of_time or self._has("File too large", "Out of memory", "malloc failed")

    @property
    def was_broken(self) -> bool:
        """Whether what came is not sound, though it came whole."""
        cut_off = ("early EOF", "RPC failed", "hung up", "unexpected disconnect", "too slow")
        if self._was_killed or (self.code or 0) < 0 or self._has(*cut_off):
            return False
        return self._has("fsck", "index-pack", "unpack-objects", "bad object", "corrupt")


class Secret(NamedTuple):
    """A user's name and a secret for a host."""

    user: str
    password: str


class Git:
    """git, for the bare repository in a state directory, which it enters as that is held open."""

    def __init__(
        self,
        directory: str,
        environ: Mapping[str, str],
        protocols: str = "https:ssh:file",
        secret: tuple[str, Secret] | None = None,
        seconds: float = SECONDS,
        held: int | None = None,
    ) -> None:
        """`secret` is for one URL. `held` is the lock of `state.alone`: each git holds it as long
        as it lives, also if this process is killed. Raises Failure if there is no git."""
        self.folder = os.path.join(directory, MEETING)
        self._directory = directory
        self._seconds = seconds
        self._held = held
        self._program = program(environ)
        self._environ = _environment(environ, protocols, secret)

    def run(
        self,
        *arguments: str,
        given: bytes = b"",
        seconds: float | None = None,
        file_limit: int = FILE_LIMIT,
        output_limit: int = OUTPUT_LIMIT,
    ) -> bytes:
        """What git prints. Raises GitFailed."""
        return run(
            (self._program, f"--git-dir={MEETING}", *arguments),
            self._environ,
            given=given,
            seconds=self._seconds if seconds is None else seconds,
            file_limit=file_limit,
            output_limit=output_limit,
            cpu_seconds=_CPU_SECONDS,
            folder=rooted(self._directory),
            held=self._held,
        )


def program(environ: Mapping[str, str]) -> str:
    """The path of git. Raises Failure if there is none."""
    found = shutil.which("git", path=environ.get("PATH") or os.defpath)
    if found is None:
        raise Failure("there is no `git` on the PATH, by which codespaces meet. Fix: install git.")
    return os.path.abspath(found)


USER_AGENT = "git/codespace-tracker"
"""What servers are told of us, in place of git's version and system. GitHub serves only programs
whose name begins with `git/`."""

OLDEST = (2, 31)
"""The first version that takes configuration from the environment."""


def check_version(environ: Mapping[str, str]) -> None:
    """Raises Failure if git is too old to be run in a clean environment."""
    try:
        said = run((program(environ), "version"), {"LC_ALL": "C"}, seconds=20).decode("ascii")
        found = tuple(int(part) for part in said.split()[2].split(".")[:2])
    except (GitFailed, UnicodeDecodeError, ValueError, IndexError) as error:
        raise Failure(f"git does not say which version it is ({error}).") from error
    if found < OLDEST:
        raise Failure(
            f"git {'.'.join(map(str, found))} is too old: 2.31 or newer is needed. Fix: upgrade it."
        )


def _environment(
    environ: Mapping[str, str], protocols: str, secret: tuple[str, Secret] | None
) -> dict[str, str]:
    found = {name: environ[name] for name in _KEPT if environ.get(name)}
    if "SSL_CERT_FILE" in found:  # git itself does not look there
        found.setdefault("GIT_SSL_CAINFO", found["SSL_CERT_FILE"])
    config = list(_CONFIG)
    if secret is not None:
        import base64

        url, (user, password) = secret
        basic = base64.b64encode(f"{user}:{password}".encode()).decode()
        config.append((f"http.{url}.extraHeader", f"Authorization: Basic {basic}"))
    found |= {
        "LC_ALL": "C",  # with C.UTF-8 git would tell a language
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": "/dev/null",
        "GIT_CONFIG_COUNT": str(len(config)),
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_ASKPASS": "",
        "SSH_ASKPASS": "",
        "SSH_ASKPASS_REQUIRE": "never",
        "GIT_SSH_COMMAND": SSH,
        "GIT_ALLOW_PROTOCOL": protocols,
        "GIT_OPTIONAL_LOCKS": "0",
        "GIT_USER_AGENT": USER_AGENT,
        **_identity(),
    }
    for n, (key, value) in enumerate(config):
        found[f"GIT_CONFIG_KEY_{n}"], found[f"GIT_CONFIG_VALUE_{n}"] = key, value
    return found


def _identity() -> dict[str, str]:
    """Who commits, and when: always the same, so that a commit's id depends on its files alone."""
    found = {}
    for who in ("AUTHOR", "COMMITTER"):
        found[f"GIT_{who}_NAME"] = "codespace-tracker"
        found[f"GIT_{who}_EMAIL"] = "codespace-tracker@localhost"
        found[f"GIT_{who}_DATE"] = "1577836800 +0000"
    return found


def run(
    words: Iterable[str],
    environ: Mapping[str, str],
    *,
    given: bytes = b"",
    seconds: float = SECONDS,
    file_limit: int = FILE_LIMIT,
    output_limit: int = OUTPUT_LIMIT,
    memory_limit: int = _MEMORY_LIMIT,
    cpu_seconds: int = 0,
    folder: str = "/",
    held: int | None = None,
) -> bytes:
    """Run a program as a process group of its own, within limits; what it printed. Raises
    GitFailed."""

    def limited() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)  # git then says what happened
        for which, most in (
            (resource.RLIMIT_FSIZE, file_limit),
            (resource.RLIMIT_AS, memory_limit),
            (resource.RLIMIT_CORE, 0),
        ):
            hard = resource.getrlimit(which)[1]
            most = most if hard == resource.RLIM_INFINITY else min(most, hard)
            resource.setrlimit(which, (most, most))
        hard = resource.getrlimit(resource.RLIMIT_CPU)[1]
        if cpu_seconds and (hard == resource.RLIM_INFINITY or cpu_seconds < hard):
            # below the hard limit, at which it would be killed like any other process
            resource.setrlimit(resource.RLIMIT_CPU, (cpu_seconds, hard))

    began = time.monotonic()
    try:
        process = subprocess.Popen(
            list(words),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=dict(environ),
            cwd=folder,
            start_new_session=True,
            pass_fds=() if held is None else (held,),
            preexec_fn=limited,
        )
    except (OSError, subprocess.SubprocessError) as error:
        raise GitFailed(127, f"git cannot be run ({error})") from error
    with process:
        try:
            printed, said, is_cut = _talk(process, given, time.monotonic() + seconds, output_limit)
        finally:
            _end(process)
    text = said.decode("utf-8", "replace")
    if is_cut == "time":
        raise GitFailed(None, f"it took longer than {seconds:.0f} s", printed)
    if is_cut == "size":
        raise GitFailed(1, "File too large: it printed too much", b"")
    if process.returncode != 0:
        raise GitFailed(process.returncode, text.strip(), printed, time.monotonic() - began)
    return printed


def _talk(
    process: subprocess.Popen[bytes], given: bytes, until: float, output_limit: int
) -> tuple[bytes, bytes, str]:
    """What the program printed and what it said on stderr, while it is given its input; and which
    limit cut it off, if one did."""
    stdin, stdout, stderr = process.stdin, process.stdout, process.stderr
    assert stdin is not None
    assert stdout is not None
    assert stderr is not None
    kept: dict[IO[bytes], bytearray] = {stdout: bytearray(), stderr: bytearray()}
    rest = memoryview(given)
    with selectors.DefaultSelector() as selector:
        for stream in (stdout, stderr):
            selector.register(stream, selectors.EVENT_READ)
        if rest:
            os.set_blocking(stdin.fileno(), False)
            selector.register(stdin, selectors.EVENT_WRITE)
        else:
            stdin.close()
        while selector.get_map():
            left = until - time.monotonic()
            if left <= 0:
                return bytes(kept[stdout]), bytes(kept[stderr]), "time"
            for key, _ in selector.select(left):
                if key.fileobj is stdin:
                    try:
                        rest = rest[os.write(stdin.fileno(), rest) :]
                    except BlockingIOError:
                        continue
                    except OSError:  # it does not want more
                        rest = rest[:0]
                    if not rest:
                        selector.unregister(stdin)
                        stdin.close()
                    continue
                part = os.read(key.fd, 1 << 16)
                stream = stdout if key.fileobj is stdout else stderr
                if not part:
                    selector.unregister(stream)
                elif stream is stdout or len(kept[stream]) < _SAID_LIMIT:
                    kept[stream] += part
                if len(kept[stdout]) > output_limit:
                    return bytes(kept[stdout]), bytes(kept[stderr]), "size"
    done = os.WEXITED | os.WNOHANG | os.WNOWAIT  # its number stays taken until the group is ended
    while os.waitid(os.P_PID, process.pid, done) is None:
        if time.monotonic() >= until:
            return bytes(kept[stdout]), bytes(kept[stderr]), "time"
        time.sleep(_LOOK_SECONDS)
    return bytes(kept[stdout]), bytes(kept[stderr]), ""


def _end(process: subprocess.Popen[bytes]) -> None:
    """End the whole group: helpers of git outlive it otherwise, and go on."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def shown(error: GitFailed) -> str:
    """What git said, on one line and with an end."""
    lines = [
        line.removeprefix("fatal: ").removeprefix("error: ").removeprefix("remote: ")
        for line in error.said.splitlines()
        if line.strip() and not line.startswith(("hint:", "warning:"))
    ]
    return showable(" ".join(" · ".join(lines[:3]).split()), 200) or f"exit code {error.code}"
