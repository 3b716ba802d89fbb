"""What the daemon does without, so that it costs next to nothing."""

import subprocess
import sys
from uuid import RFC_4122, UUID

from codespace_tracker.machine.chance import new_id

_HEAVY = {
    *(
        "asyncio",
        "http",
        "ssl",
        "socket",
        "subprocess",
        "logging",
        "email",
        "urllib",
        "pathlib",
        "inspect",
        "tempfile",
    ),
    *(
        "traceback",
        "tokenize",
        "uuid",
        "platform",
        "difflib",
        "zoneinfo",
        "ctypes",
        "threading",
        "resource",
    ),
    *("click", "pydantic", "cronsim", "tomllib", "tomli"),
}


def test_the_daemon_imports_nothing_that_only_its_children_or_its_end_need() -> None:
    program = "import codespace_tracker.daemon.main, sys; print(*sys.modules)"
    told = subprocess.run(
        [sys.executable, "-I", "-c", program], capture_output=True, text=True, check=True
    )
    assert "codespace_tracker.daemon.loop" in told.stdout.split()
    assert _HEAVY & set(told.stdout.split()) == set()


def test_an_id_is_a_random_uuid_and_no_two_are_the_same() -> None:
    found = {new_id() for _ in range(1000)}
    assert len(found) == 1000
    for text in found:
        assert str(UUID(text)) == text
        assert (UUID(text).version, UUID(text).variant) == (4, RFC_4122)
