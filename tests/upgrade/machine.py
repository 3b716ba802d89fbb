"""A codespace in namespaces of its own: a PID 1, a boot id, and one installed version of the
tracker in it."""

import json
import os
import subprocess
from pathlib import Path
from typing import Any

from tests.integration.real_tracker import StateDirectory, wait_until
from tests.upgrade.release import Installation

_BOOT_ID = "/proc/sys/kernel/random/boot_id"
_LIFE_SECONDS = 900
_UNSHARE = ("unshare", "--mount-proc", "--pid", "--fork", "--kill-child")
_PID_1 = 'mount --bind "$1" "$2" && echo up && exec sleep "$3"'


class Codespace(StateDirectory):
    """One state directory over the lives of a machine. `program` is the version that runs there
    now."""

    def __init__(self, folder: Path, program: Installation) -> None:
        super().__init__(folder / "state")
        self.folder, self.program = folder, program
        self.home = folder / "home"
        self.home.mkdir(parents=True)
        self._life: subprocess.Popen[str] | None = None
        self._pid_1 = 0

    @property
    def environment(self) -> dict[str, str]:
        """The variables of whoever works there."""
        return {
            "HOME": str(self.home),
            "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
            "LANG": "C.UTF-8",
            "CODESPACES": "true",
            "CODESPACE_NAME": "improved-space-doodle-1234",
            "GITHUB_USER": "octocat",
            "GITHUB_REPOSITORY": "octocat/hello",
        }

    def boot(self, number: int) -> None:
        """Begin a life, as another boot."""
        boot_id = self.folder / "boot_id"
        boot_id.write_text(f"00000000-0000-4000-8000-{number:012}\n")
        self._life = subprocess.Popen(
            [*_UNSHARE, "sh", "-c", _PID_1, "sh", str(boot_id), _BOOT_ID, str(_LIFE_SECONDS)],
            cwd="/",
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._life.stdout is not None
        assert self._life.stdout.readline() == "up\n", "namespaces could be made (run it as root)"
        children = Path(f"/proc/{self._life.pid}/task/{self._life.pid}/children").read_text()
        self._pid_1 = int(children.split()[0])

    def kill(self) -> None:
        """End the life: everything in it is gone, without a signal that could be heard."""
        if self._life is not None:
            self._life.kill()
            self._life.wait()
            assert self._life.stdout is not None
            self._life.stdout.close()
            wait_until(lambda: not os.path.exists(f"/proc/{self._pid_1}"), "PID 1 is gone")
            self._life = None

    def within(self, *words: str, code: int | None = 0) -> subprocess.CompletedProcess[str]:
        """Run a program there; fails if it does not exit with `code` (None: any)."""
        command = [
            "nsenter",
            "--target",
            str(self._pid_1),
            "--pid",
            "--mount",
            "--root",
            "--wd",
            *words,
        ]
        done = subprocess.run(
            command, env=self.environment, capture_output=True, text=True, timeout=120, check=False
        )
        assert code is None or done.returncode == code, (
            words,
            done.returncode,
            done.stdout,
            done.stderr,
        )
        assert "Traceback" not in done.stdout + done.stderr, done
        return done

    def verb(self, *words: str, code: int | None = 0, of: Installation | None = None) -> str:
        """What a verb of the installed version, or of another one, prints."""
        return self.within(
            str((of or self.program).command), *words, "--dir", str(self.directory), code=code
        ).stdout

    def json(self, *words: str, code: int | None = 0) -> Any:
        """What a verb prints as JSON."""
        return json.loads(self.verb(*words, "--json", code=code))

    def holder(self, name: str) -> tuple[int, str]:
        """Who wrote itself into a lock file: its number there, and its version; 0 and none while
        one is just writing it."""
        pid, version, *_ = (self.directory / name).read_text().split() or ("0", "")
        return int(pid), version

    def signal(self, name: str, which: str) -> None:
        """Send a signal to who holds a lock, and wait until that process is gone."""
        pid, _ = self.holder(name)
        self.within("kill", "-s", which, str(pid))
        wait_until(lambda: self.is_gone(pid), f"the process in {name} is gone")

    def is_gone(self, pid: int) -> bool:
        """Whether a process there has ended."""
        found = self.within("sh", "-c", f"cat /proc/{pid}/stat 2>/dev/null || :").stdout
        return not found or found.rpartition(")")[2].split()[0] == "Z"
