"""The block that the original tool's injection.sh wrote into ~/.bashrc: told of, and removed only
when asked to."""

from pathlib import Path

import pytest
from tests.integration.real_tracker import RealTracker
from tests.integration.shells import Shells
from tests.integration.terminal import PseudoTerminal

BLOCK = """
# >>> Codespace Tracker Auto Start with Delay <<<
cd "/gone/codespace-tracker" || exit

# Step 1: Run chalu.sh first
if [ -f "chalu.sh" ]; then
    bash chalu.sh
fi

# Step 2: Run start_all.sh after 30 sec
(
    sleep 30
    if [ -f "start_all.sh" ]; then
        bash start_all.sh &
    fi
) &
# <<< Codespace Tracker Auto Start with Delay <<<
"""


@pytest.fixture
def shells(tracker: RealTracker) -> Shells:
    made = Shells(tracker)
    (made.home / ".bashrc").write_text(f"x=1\n{BLOCK}y=2\n")
    return made


def rc(shells: Shells) -> Path:
    return shells.home / ".bashrc"


def test_the_original_block_closes_a_new_shell_and_both_verbs_say_how_to_remove_it(
    shells: Shells,
) -> None:
    assert "alive" not in shells.run("/bin/bash", "-i", "-c", "echo alive", code=None)
    said = shells.set_up()
    assert BLOCK in rc(shells).read_text(), "nothing is removed unasked"
    command = said.partition("To remove it: ")[2].splitlines()[0]
    told = shells.hook_lines()
    assert len(told) == 1, "no shell is asked, which would start that tool"
    assert told[0].startswith(
        f"! shell hook: {rc(shells)} has the original tool's block: it ends each new shell"
    )
    shells.run("/bin/sh", "-c", command)
    assert rc(shells).read_text().startswith("x=1\n\ny=2\n")
    assert BLOCK in (shells.home / ".bashrc.before-codespace-tracker").read_text()
    assert shells.new("bash", command="echo alive $x$y") == "alive 12\n"


@pytest.mark.parametrize("answer", ["y", "n"])
def test_at_a_terminal_its_removal_is_offered_and_a_copy_kept(shells: Shells, answer: str) -> None:
    rc(shells).chmod(0o640)
    words = [
        str(shells.command),
        "init",
        "--shell-hook",
        "--timezone",
        "UTC",
        "--dir",
        str(shells.tracker.directory),
    ]
    with PseudoTerminal(words, shells.environment()) as terminal:
        terminal.until("Remove it?")
        terminal.type(f"{answer}\n")
        assert terminal.ended() == 0
    copy = shells.home / ".bashrc.before-codespace-tracker"
    if answer == "n":
        assert BLOCK in rc(shells).read_text()
        assert not copy.exists()
        return
    assert rc(shells).read_text().startswith("x=1\ny=2\n")
    assert copy.read_text() == f"x=1\n{BLOCK}y=2\n"
    assert rc(shells).stat().st_mode & 0o777 == copy.stat().st_mode & 0o777 == 0o640


def test_a_block_without_its_end_is_left_alone(shells: Shells) -> None:
    rc(shells).write_text(BLOCK.rpartition("# <<<")[0])
    assert "To remove it" not in shells.set_up()
