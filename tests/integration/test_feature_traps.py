"""The Feature's entrypoint in a shell that is PID 1, as the dev container CLI runs it, with other
Features' traps."""

import subprocess
from pathlib import Path

import pytest
from tests.integration.feature_entrypoint import FEATURE, KEEPER
from tests.integration.real_tracker import PATIENCE_SECONDS

pytestmark = pytest.mark.machine

INIT = FEATURE / "init.sh"

# What the dev container CLI 0.89.0 has PID 1 do. A child that the stand-in for the keeper has just
# forked still has its command line, and may be told too: then the stand-in says "Terminated".
PID_1 = """
trap "exit 0" 15
{before}
[ ! -r {init} ] || . {init}
{after}
/bin/sh {keeper} {log} 2>/dev/null &
while ! grep -q up {log} 2>/dev/null; do sleep 0.01; done
(sleep 0.1; kill -s TERM 1) &
while sleep 1 & wait $!; do :; done
"""


def ended(shell: list[str], folder: Path, before: str, after: str) -> tuple[int, list[str]]:
    """How PID 1 ended, and what was said in which order; that the keeper was up is left out."""
    keeper = folder / "codespace_tracker/daemon/ghadi.sh"
    keeper.parent.mkdir(parents=True)
    keeper.write_text(KEEPER)
    log = folder / "log"
    script = PID_1.format(init=INIT, keeper=keeper, log=log, before=before, after=after).replace(
        "LOG", str(log)
    )
    life = ["unshare", "--pid", "--fork", "--mount-proc", "--kill-child", *shell, "-c", script]
    done = subprocess.run(
        life, capture_output=True, text=True, timeout=PATIENCE_SECONDS, check=False
    )
    assert done.stderr == ""
    return done.returncode, [line for line in log.read_text().splitlines() if line != "up"]


QUOTED = """trap 'echo "it'"'"'s
trap -- two lines" >>LOG; exit 5' TERM; trap : USR1"""

SHELLS = pytest.mark.parametrize("shell", [["dash"], ["bash", "--posix"]], ids=["dash", "bash"])


@SHELLS
@pytest.mark.parametrize(
    ("before", "after", "code", "said"),
    [
        ("", "", 0, ["keeper"]),
        ("trap 'echo earlier >>LOG; exit 3' TERM", "", 3, ["keeper", "earlier"]),
        ("", "trap 'echo later >>LOG; exit 4' TERM", 4, ["keeper", "later"]),
        ("", "trap 'echo later >>LOG' 15 INT", 0, ["keeper", "later"]),
        (
            "trap 'echo earlier >>LOG' TERM",
            "trap 'echo later >>LOG; exit 4' TERM",
            4,
            ["keeper", "later"],
        ),
        ("", "trap - TERM", 0, ["keeper"]),
        ("", "trap '' TERM", 0, ["keeper"]),
        ("", "(trap 'true' TERM; :); x=$(trap 'true' TERM)", 0, ["keeper"]),
        (QUOTED, "trap 'x=1' EXIT", 5, ["keeper", "it's", "trap -- two lines"]),
        ("", "set -eu; trap 'echo later >>LOG; exit 6' TERM", 6, ["keeper", "later"]),
    ],
)
def test_a_stop_ends_the_tracker_and_does_what_other_features_want(
    tmp_path: Path, shell: list[str], before: str, after: str, code: int, said: list[str]
) -> None:
    assert ended(shell, tmp_path, before, after) == (code, said)


@SHELLS
def test_traps_of_others_work_and_are_listed_as_before(tmp_path: Path, shell: list[str]) -> None:
    after = (
        "trap 'echo usr >>LOG' USR1; trap >>LOG; kill -s USR1 $$; trap - USR1; trap | grep -c "
        "USR1 >>LOG"
    )
    code, said = ended(shell, tmp_path, "", after)
    assert (code, said[-3:]) == (0, ["usr", "0", "keeper"])
    assert [line for line in said[:-3] if line.startswith("trap -- 'echo usr")]


@SHELLS
def test_an_action_with_a_line_that_looks_like_a_trap_is_done_whole(
    tmp_path: Path, shell: list[str]
) -> None:
    after = """trap 'echo later >>LOG
trap -- '"'"'true'"'"' INT; exit 7' TERM"""
    assert ended(shell, tmp_path, "", after) == (7, ["keeper", "later"])


MISLEADING = """trap 'echo end >>LOG; : '"'"'
a'"'"' TERM
: '"'"'b'"'"'' {}; """


@SHELLS
@pytest.mark.parametrize(
    ("before", "code", "said"),
    [
        (MISLEADING.format("EXIT") + "trap - TERM", 0, ["keeper", "end"]),
        (
            MISLEADING.format("WINCH") + "trap 'echo later >>LOG; exit 8' TERM",
            8,
            ["keeper", "later"],
        ),
    ],
)
def test_a_line_of_another_action_that_looks_like_that_of_term_is_none(
    tmp_path: Path, shell: list[str], before: str, code: int, said: list[str]
) -> None:
    assert ended(shell, tmp_path, before, "trap : USR1") == (code, said)


@SHELLS
def test_an_action_that_calls_trap_itself_is_not_done_while_it_is_read(
    tmp_path: Path, shell: list[str]
) -> None:
    before = "trap 'echo later >>LOG; trap - INT; exit 9' TERM"
    assert ended(shell, tmp_path, before, "trap 'echo usr >>LOG; trap : TERM' USR1") == (
        9,
        ["keeper", "later"],
    )
