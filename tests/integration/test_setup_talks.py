"""setup.sh says what it is going to do before it does it, and asks before the wait."""

import shutil
import subprocess
from pathlib import Path

import pytest
from tests.integration.real_tracker import PATIENCE_SECONDS
from tests.integration.setup_machine import ROOT, Machine
from tests.integration.terminal import PseudoTerminal

_APT = """#!/bin/sh
echo "apt-get $*" >>{said}
[ "$1" = update ] || cp {python} {programs}/python3
"""


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path, python=True)


def answered(machine: Machine, *answers: str) -> tuple[str, str]:
    """What setup.sh printed on a terminal to somebody who types, and the words with which it called
    `init`."""
    (Path(machine.environment["PATH"]) / "setsid").symlink_to(
        shutil.which("setsid") or ""
    )  # for the terminal
    with PseudoTerminal(["/bin/sh", str(ROOT / "setup.sh")], machine.environment) as terminal:
        for answer in answers:
            terminal.until("Your time zone")
            terminal.type(f"{answer}\n")
        assert terminal.ended() == 0
    called = [line.split("|")[1] for line in machine.log.read_text().splitlines()]
    [init] = [words for words in called if "/site-packages init " in words]
    return terminal.said, init.partition("/site-packages ")[2]


@pytest.mark.parametrize(
    ("answers", "zone"),
    [
        (["Asia/Kolkata"], "Asia/Kolkata"),
        (["berlin"], "Europe/Berlin"),
        (["america/argentina/buenos_aires"], "America/Argentina/Buenos_Aires"),
        (["Nowhere", "../../etc", "kolkata"], "Asia/Kolkata"),
    ],
)
def test_the_time_zone_is_asked_for_before_the_wait(
    machine: Machine, answers: list[str], zone: str
) -> None:
    if not Path("/usr/share/zoneinfo/Europe/Berlin").exists():
        pytest.skip("there is no time zone database")
    said, init = answered(machine, *answers)
    assert said.index("Your time zone") < said.index("Installing into")
    assert said.count("There is no time zone") == len(answers) - 1
    assert init == f"init --timezone {zone} --shell-hook"


def test_a_time_zone_of_the_system_is_what_an_empty_answer_means(machine: Machine) -> None:
    machine.environment["TZ"] = "Europe/Paris"
    said, init = answered(machine, "")
    assert "such as Asia/Kolkata [Europe/Paris]: " in said
    assert init == "init --timezone Europe/Paris --shell-hook"


@pytest.mark.parametrize(
    "known", [".config/codespace-tracker/directory", ".codespace-tracker/config.toml"]
)
def test_who_has_a_state_directory_is_not_asked(machine: Machine, known: str) -> None:
    (machine.home / known).parent.mkdir(parents=True)
    (machine.home / known).write_text("")
    said, init = answered(machine)
    assert "Your time zone" not in said
    assert init == "init --shell-hook"


def test_apt_is_announced_with_its_reason_before_it_is_called(tmp_path: Path) -> None:
    machine = Machine(tmp_path, python=False)
    programs, said = Path(machine.environment["PATH"]), tmp_path / "said"
    (programs / "uv").unlink()
    apt = programs / "apt-get"
    apt.write_text(_APT.format(said=said, python=machine.folder / "python", programs=programs))
    apt.chmod(0o755)
    (programs / "sudo").write_text('#!/bin/sh\n[ "$1" != -n ] || shift\nexec "$@"\n')
    (programs / "sudo").chmod(0o755)
    (programs / "true").symlink_to(shutil.which("true") or "")  # what it asks sudo for first
    with said.open("a") as out:
        command = ["/bin/sh", str(ROOT / "setup.sh"), "--timezone", "UTC"]
        subprocess.run(
            command,
            env=machine.environment,
            stdin=subprocess.DEVNULL,
            stdout=out,
            timeout=PATIENCE_SECONDS,
            check=True,
        )
    lines = said.read_text().splitlines()  # of setup.sh and of apt-get, as they came
    asked = next(n for n, line in enumerate(lines) if line.startswith("apt-get"))
    assert lines[asked - 2].startswith(
        "There is no Python 3.10 or newer here that can make virtual environments"
    )
    assert lines[asked - 1].startswith("Installing python3-venv with apt-get")
    assert "python3-venv" in lines[asked + 1]
