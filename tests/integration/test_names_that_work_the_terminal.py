"""Names of files and folders in a repository are somebody else's words: printed, they work no
terminal."""

from pathlib import Path

import pytest
from tests.integration.real_tracker import RealTracker

NAME = "x\x1b]0;owned\x07\u202e\x9b31m"


@pytest.mark.parametrize(
    "words",
    [
        ("import",),
        ("import", "none"),
        ("usage", "import", "none"),
        ("devcontainer", "none"),
        ("devcontainer",),
    ],
    ids=" ".join,
)
def test_no_name_of_a_folder_works_the_terminal(tmp_path: Path, words: tuple[str, ...]) -> None:
    folder = tmp_path / NAME
    folder.mkdir()
    *verb, last = words if words[-1] == "none" else (*words, "")
    tracker = RealTracker(tmp_path / "state")
    done = tracker.verb(*verb, str(folder / last), code=None)
    said = done.stdout + done.stderr
    assert r"x\x1b]0;owned\x07" in said
    assert not {"\x1b", "\x07", "\u202e", "\x9b"} & set(said)


def test_no_name_of_a_dev_container_works_the_terminal(tmp_path: Path) -> None:
    for name in (NAME, "other"):
        (tmp_path / ".devcontainer" / name).mkdir(parents=True)
        (tmp_path / ".devcontainer" / name / "devcontainer.json").write_text("{}")
    said = RealTracker(tmp_path / "state").verb("devcontainer", str(tmp_path), code=1).stderr
    assert r"x\x1b]0;owned\x07" in said
    assert not {"\x1b", "\x07", "\u202e", "\x9b"} & set(said)
