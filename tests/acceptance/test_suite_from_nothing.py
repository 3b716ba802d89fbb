"""`bash test.sh`, and with --machine, on a bare Debian without Python, which is not a container.

A user with sudo runs the unit tests and some of real processes on Debian 13. `proof/run fresh` runs
all tests, on Debian 12 and 13, also as root.
"""

import os
import re
import subprocess
import tempfile
from pathlib import Path

import pytest
from tests.acceptance.bare_machines import REPOSITORY, bare_debian, run_in

pytestmark = [pytest.mark.machine, pytest.mark.fresh]

WHOLE = os.environ.get("CODESPACE_TRACKER_TEST_SUITES") == "1"
RELEASES = ["bookworm", "trixie"] if WHOLE else ["trixie"]
SOME = (
    "hostile_state_directory",
    "killed_and_restarted",
    "other_clocks",
    "setup_talks",
    "table_of_starts",
    "untrusted_locks",
)
TESTS = (
    ""
    if WHOLE
    else " ".join(["tests/unit", *(f"tests/integration/test_{name}.py" for name in SOME)])
)

_WORTH_SEEING = re.compile("^(FAILED|ERROR|exit|== took)| (passed|failed)")

_AS_ROOT = f"""
cd /root/checkout
began=$(date +%s)
{{
    bash test.sh {TESTS} && echo "== machine" && bash test.sh --machine {TESTS}
}} 2>&1 || echo "exit $?"
echo "== took $(($(date +%s) - began)) s"
"""

_AS_A_USER = f"""
apt-get update -qq
DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends sudo >/dev/null 2>&1
useradd --create-home --shell /bin/bash alice
cp -a /root/checkout /home/alice/checkout
chown -R alice: /home/alice/checkout
as_alice() {{
    setpriv --reuid alice --regid alice --init-groups env HOME=/home/alice USER=alice \
        bash -c "cd ~/checkout && $1" 2>&1
}}
as_alice "bash test.sh" || echo "exit $?"
echo "== with sudo"
echo 'alice ALL=(ALL) NOPASSWD:ALL' >/etc/sudoers.d/alice
echo 'Defaults env_keep += "http_proxy https_proxy no_proxy"' >>/etc/sudoers.d/alice
began=$(date +%s)
as_alice "bash test.sh {TESTS}" || echo "exit $?"
echo "== machine"
as_alice "bash test.sh --machine {TESTS}" || echo "exit $?"
echo "== took $(($(date +%s) - began)) s"
"""


@pytest.fixture(scope="module", params=RELEASES)
def bare(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A bare Debian. To be copied, not changed."""
    return bare_debian(request.param, tmp_path_factory.mktemp("suite") / request.param)


def machine(bare: Path, name: str) -> Path:
    """A copy of the bare Debian, with a clean checkout in /root."""
    made = Path(tempfile.mkdtemp(prefix=f"{bare.name}-{name}-", dir=bare.parent))
    subprocess.run(["cp", "-aT", str(bare), str(made)], check=True)
    clone = [
        "git",
        "clone",
        "--quiet",
        "--no-hardlinks",
        str(REPOSITORY),
        str(made / "root/checkout"),
    ]
    subprocess.run(clone, check=True)
    return made


def assert_passed(told: str) -> None:
    """The suite installed what was missing, and every test passed."""
    print("\n".join(line for line in told.splitlines() if _WORTH_SEEING.search(line)))
    assert "test.sh: installing python3 python3-venv" in told
    assert not re.search("^exit [0-9]+$", told, re.MULTILINE), told
    everyday, _, machine = told.partition("== machine\n")
    assert " passed" in everyday
    assert " passed" in machine


@pytest.mark.skipif(not WHOLE, reason="proof/run fresh asks for it")
def test_root_runs_the_tests_from_nothing_in_a_checkout_under_root(bare: Path) -> None:
    assert_passed(run_in(machine(bare, "root"), _AS_ROOT, 3600))


def test_a_user_is_told_what_is_missing_and_runs_the_tests_with_sudo(bare: Path) -> None:
    told, _, with_sudo = run_in(machine(bare, "user"), _AS_A_USER, 3600).partition("== with sudo\n")
    [line, code] = told.splitlines()
    assert line.startswith("test.sh: these packages are missing: python3 python3-venv ")
    assert line.endswith("Fix: install them, then run it again.")
    assert code == "exit 1"
    assert_passed(with_sudo)
