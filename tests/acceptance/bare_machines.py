"""Machines that are a bare Debian and no containers: no Python, no podman, no /.dockerenv."""

import subprocess
from pathlib import Path

REPOSITORY = Path(__file__).parent.parent.parent


def bare_debian(release: str, root: Path) -> Path:
    """Make the root file system of a bare Debian, `bookworm` (12) or `trixie` (13), and return its
    path."""
    command = ["mmdebstrap", "--variant=minbase", "--include=ca-certificates", release, str(root)]
    subprocess.run(command, check=True, capture_output=True, timeout=300)
    return root


def run_in(root: Path, content: str, seconds: float = 600) -> str:
    """Run a script as root on the machine, for so many seconds at most, and return what it printed.

    The checkout is in "/src/code space", read-only.
    """
    script = root.parent / f"{root.name}.sh"
    script.write_text(content)
    fresh = Path(__file__).parent / "fresh_machine.sh"
    command = [
        "unshare",
        "--mount",
        "--pid",
        "--uts",
        "--ipc",
        "--fork",
        "--kill-child",
        "bash",
        str(fresh),
    ]
    done = subprocess.run(
        [*command, str(root), str(script), str(REPOSITORY)],
        capture_output=True,
        text=True,
        timeout=seconds,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
