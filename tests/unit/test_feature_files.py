"""The files of the dev container Feature, held to each other and to the program."""

import json
import re
import subprocess
from pathlib import Path

import pytest

from codespace_tracker import __version__
from codespace_tracker.config.configuration import SYSTEM_CONFIG

FEATURE = Path(__file__).parents[2] / "feature"
SOURCE = FEATURE / "src/codespace-tracker"
FOUND = json.loads((SOURCE / "devcontainer-feature.json").read_text())
README = (SOURCE / "README.md").read_text()
INSTALL = (SOURCE / "install.sh").read_text()


def test_the_feature_is_of_the_same_version_as_the_program() -> None:
    assert FOUND["version"] == __version__


def test_its_page_has_every_option_with_its_default() -> None:
    rows = dict(re.findall(r"^\| `(\w+)` \|\s*`?([^|`]*?)`?\s*\|", README, re.MULTILINE))
    defaults = {name: option["default"] for name, option in FOUND["options"].items()}
    assert rows == {
        name: str(default).lower() if isinstance(default, bool) else default
        for name, default in defaults.items()
    }


@pytest.mark.parametrize("name", sorted(FOUND["options"]))
def test_every_option_is_read_by_the_install_script(name: str) -> None:
    assert f"${{{name.upper()}:-" in INSTALL


def test_the_entrypoint_survives_being_quoted_and_a_missing_file() -> None:
    assert not set("\"'$\\\n") & set(FOUND["entrypoint"]), (
        "it is put into a text of YAML for compose"
    )
    for key, name, flag in (
        ("entrypoint", "init.sh", "r"),
        ("postStartCommand", "post-start.sh", "x"),
    ):
        place = f"/usr/local/share/codespace-tracker/{name}"
        assert FOUND[key].startswith(f"[ ! -{flag} {place} ] || ")
        assert (SOURCE / name).exists()


def test_the_install_script_writes_where_the_program_reads() -> None:
    folder, _, name = SYSTEM_CONFIG.rpartition("/")
    assert f"\netc={folder}\n" in INSTALL
    assert f'"$etc/{name}"' in INSTALL


def test_what_pip_and_apt_say_is_never_piped_into_something_that_hides_their_failure() -> None:
    for line in INSTALL.splitlines():
        assert not re.search(r"(pip|apt-get) .*[^|]\|[^|]", line), line


def test_the_command_line_of_dev_containers_is_of_one_exact_version() -> None:
    pinned = json.loads((FEATURE / "package.json").read_text())["devDependencies"]
    assert re.fullmatch(r"\d+\.\d+\.\d+", pinned["@devcontainers/cli"])


@pytest.mark.parametrize("shell", ["dash", "bash"])
def test_a_shell_that_is_no_containers_first_keeps_its_traps(shell: str) -> None:
    script = f"set -eu; trap 'exit 3' 15; . {SOURCE}/init.sh; trap; echo on"
    done = subprocess.run([shell, "-c", script], capture_output=True, text=True, check=True)
    assert "exit 3" in done.stdout
    assert "codespace_tracker_end" not in done.stdout
    assert done.stdout.endswith("on\n")
