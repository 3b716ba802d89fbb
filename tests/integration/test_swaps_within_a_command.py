"""A command works in the directory that it looked at, whatever is put in its place between any two
of its steps.

The folder above is everybody's. What is put there is a clone of a repository: it belongs to the
owner, and its content is somebody else's. `swaps.py` exchanges the two at each file that a verb
opens, one after the other.
"""

import subprocess
import sys
from pathlib import Path

import pytest
from tests.integration.other_users import OWNER, Ground, as_owner, made_ground

from codespace_tracker.machine.file_names import DRAWN, SESSION_LOGS

pytestmark = pytest.mark.machine

_SWAPS = Path(__file__).with_name("swaps.py")
_DRAWN_BY_THE_DAEMON = {*DRAWN, f".{SESSION_LOGS}.spare"}


ground = pytest.fixture(made_ground)


@pytest.fixture
def clone(ground: Ground) -> Path:
    """A repository that the owner cloned: it looks like a state directory, with a trigger that is
    called as ours is."""
    made = ground.shared / "clone"
    ground.bait(made, user=OWNER)
    ground.do(
        OWNER,
        f"chmod 755 {made}; chmod 644 {made}/*.json; echo 'time_zone = \"Asia/Tokyo\"' "
        f">{made}/config.toml",
    )
    return made


def swept(ground: Ground, clone: Path, *words: str) -> int:
    """Run a verb again and again, with the swap at each of its steps; how many steps it has."""
    command = [
        *as_owner(),
        sys.executable,
        str(_SWAPS),
        str(clone),
        str(ground.tracker.directory),
        *words,
    ]
    done = subprocess.run(
        [*command, "--dir", str(ground.tracker.directory)],
        env=ground.tracker.environment(), capture_output=True, text=True, check=False, timeout=300,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return int(done.stdout.split()[-1])


def content(folder: Path) -> dict[str, tuple[int, bytes]]:
    """All that lies in a folder, with modes."""
    return {
        str(path.relative_to(folder)): (
            path.lstat().st_mode,
            path.read_bytes() if path.is_file() else b"",
        )
        for path in (folder, *sorted(folder.rglob("*")))
    }


@pytest.mark.parametrize("words", [["triggers", "run", "Bait"], ["doctor"]], ids=" ".join)
def test_a_swap_at_any_step_of_a_verb_touches_no_clone(
    ground: Ground, clone: Path, words: list[str]
) -> None:
    sweep(ground, clone, words)


@pytest.mark.fresh
@pytest.mark.parametrize(
    "words",
    [
        ["triggers", "add", "--label", "New", "--command", "true", "--every", "1h"],
        ["triggers", "edit", "Bait", "--every", "2h"],
        ["triggers", "disable", "Bait"],
        ["triggers", "rearm", "Bait"],
        ["init", "--timezone", "Asia/Kolkata"],
        ["quota", "--plan", "pro"],
        ["activity"],
        ["notice", "hello"],
        ["usage", "forget", "--all"],
        ["status"],
    ],
    ids=" ".join,
)
def test_a_swap_at_any_step_of_any_verb_touches_no_clone(
    ground: Ground, clone: Path, words: list[str]
) -> None:
    sweep(ground, clone, words)


def sweep(ground: Ground, clone: Path, words: list[str]) -> None:
    """Run the verb with the swap at each of its steps: all of the clone stays as it is, and nothing
    of it is obeyed."""
    ground.write("trigger_config.json", ground.trigger(f"touch {ground.tracker.home}/mine"))
    ground.start()
    before = content(clone)
    assert swept(ground, clone, *words) > 3
    assert not ground.proof.exists(), ground.proof.read_text()
    after = content(clone)
    if "rearm" in words:  # our own script runs again, and leaves by the path how it ended
        after = {name: one for name, one in after.items() if not name.startswith("runs/")}
    # where the swap falls between its check of the path and its write, the daemon draws its files
    # there, as docs/trust.md says
    after = {
        name: one
        for name, one in after.items()
        if name in before or name not in _DRAWN_BY_THE_DAEMON
    }
    assert after == before, "the clone is as it was"
    assert str(ground.proof) not in (ground.tracker.directory / "trigger_config.json").read_text()
    assert "Tokyo" not in (ground.tracker.directory / "config.toml").read_text()
