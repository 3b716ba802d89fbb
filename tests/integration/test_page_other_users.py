"""Another user of the machine gets nothing of the page: not the file, and not what is served."""

import os
import re
import subprocess
import tempfile
from pathlib import Path

import pytest
from tests.integration.other_users import OTHER, as_user
from tests.integration.real_tracker import PROGRAM
from tests.situations import situation

pytestmark = pytest.mark.machine


def as_other(*words: str) -> subprocess.CompletedProcess[str]:
    """What another user gets for a command."""
    return subprocess.run([*as_user(OTHER), *words], capture_output=True, text=True, check=False)


def test_the_file_and_its_folder_are_closed_to_them() -> None:
    with tempfile.TemporaryDirectory() as folder, situation("month", Path(folder)) as directory:
        os.chmod(folder, 0o755)
        other = Path(folder, "other.html")
        for words in ((), ("--output", str(other))):
            subprocess.run([*PROGRAM, "page", *words, "--dir", directory], check=True)
        for path in (f"{directory}/page.html", other):
            assert as_other("cat", str(path)).stdout == ""
            assert "Permission denied" in as_other("cat", str(path)).stderr


def test_what_is_served_is_nothing_to_them_and_no_process_tells_the_secret() -> None:
    with tempfile.TemporaryDirectory() as folder, situation("month", Path(folder)) as directory:
        command = [*PROGRAM, "page", "--serve", "--dir", directory]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            try:
                assert process.stdout is not None
                [port, secret] = re.findall(r":(\d+)/(.+)/$", process.stdout.readline().strip())[0]
                for path in ("", "page.html", "x" * len(secret)):
                    asked = as_other("curl", "-sS", f"http://127.0.0.1:{port}/{path}")
                    assert asked.stdout == "There is nothing here.\n"
                told = as_other("sh", "-c", "cat /proc/[0-9]*/cmdline 2>/dev/null | tr '\\0' ' '")
                assert "--serve" in told.stdout
                assert secret not in told.stdout
            finally:
                process.kill()


def test_the_secret_is_the_only_difference() -> None:
    """So that the test above does not pass for another reason."""
    with tempfile.TemporaryDirectory() as folder, situation("month", Path(folder)) as directory:
        command = [*PROGRAM, "page", "--serve", "--dir", directory]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            try:
                assert process.stdout is not None
                address = process.stdout.readline().split()[-1]
                assert "core-hours" in as_other("curl", "-sS", address).stdout
            finally:
                process.kill()
