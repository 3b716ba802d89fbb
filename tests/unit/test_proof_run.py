"""`proof/run`: it lists what it can run, and docs/proof.md names the same."""

import re
import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[2]
RUN = ROOT / "proof/run"


def run(*words: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run([RUN, *words], cwd="/", capture_output=True, text=True, check=False)


def test_without_a_name_it_lists_the_proofs_one_a_line() -> None:
    done = run()
    assert done.returncode == 0
    names = [line.split()[0] for line in done.stdout.splitlines()]
    assert {f"{name.replace('-', '_')}() {{" for name in names} <= set(
        re.findall(r"^\w+\(\) \{", RUN.read_text(), re.MULTILINE)
    )
    assert set(re.findall(r"`proof/run ([a-z-]+)`", (ROOT / "docs/proof.md").read_text())) == set(
        names
    )


def test_an_unknown_name_is_a_mistake_and_shows_the_list() -> None:
    done = run("nothing")
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.endswith(run().stdout)
