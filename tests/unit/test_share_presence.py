"""`share_presence` is for the user to say: what came with an image can only lower it."""

from pathlib import Path

import pytest
from tests.codespaces import Codespace

from codespace_tracker.config import load as load_module
from codespace_tracker.core.shared_presence import BY_DAY, BY_HOUR, LEVELS, NOTHING
from codespace_tracker.machine.state_directory import prepare


def in_force(folder: Path, own: str | None, system: str | None) -> str:
    directory = folder / "state"
    prepare(str(directory))
    if own is not None:
        (directory / "config.toml").write_text(f'share_presence = "{own}"\n')
    if system is not None:
        (folder / "system.toml").write_text(f'share_presence = "{system}"\n')
    loaded = load_module.load(str(directory), 0)
    assert loaded.configuration is not None, loaded.problems
    return loaded.configuration.settings.share_presence


@pytest.fixture(autouse=True)
def _system(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(load_module, "SYSTEM_CONFIG", str(tmp_path / "system.toml"))


def test_it_is_off_by_default(tmp_path: Path) -> None:
    assert in_force(tmp_path, None, None) == NOTHING


@pytest.mark.parametrize("own", LEVELS)
def test_the_user_says_it(tmp_path: Path, own: str) -> None:
    assert in_force(tmp_path, own, None) == own


@pytest.mark.parametrize("system", LEVELS)
def test_an_image_cannot_raise_it(tmp_path: Path, system: str) -> None:
    assert in_force(tmp_path, None, system) == NOTHING


@pytest.mark.parametrize(
    ("own", "system", "both"),
    [
        (BY_HOUR, BY_DAY, BY_DAY),
        (BY_HOUR, NOTHING, NOTHING),
        (BY_DAY, BY_HOUR, BY_DAY),
        (NOTHING, BY_HOUR, NOTHING),
    ],
)
def test_an_image_can_lower_it(tmp_path: Path, own: str, system: str, both: str) -> None:
    assert in_force(tmp_path, own, system) == both


def test_no_other_word_is_taken(tmp_path: Path) -> None:
    directory = tmp_path / "state"
    prepare(str(directory))
    (directory / "config.toml").write_text('share_presence = "all"\n')
    [problem] = load_module.load(str(directory), 0).problems
    assert 'write "no", "unattended_by_day" or "by_hour"' in str(problem)


def test_no_variable_sets_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("SHARE_PRESENCE", "CODESPACE_TRACKER_SHARE_PRESENCE"):
        monkeypatch.setenv(name, BY_HOUR)
    assert in_force(tmp_path, None, None) == NOTHING
    assert Codespace(tmp_path, "one", 0).settings.share_presence == NOTHING
