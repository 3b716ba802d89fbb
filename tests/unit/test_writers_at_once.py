"""What several programs may write at once is whole, whichever of them comes between."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from codespace_tracker.cli.commands.init import _set_time_zone
from codespace_tracker.cli.quota_plan import _write
from codespace_tracker.config.samples import write_missing
from codespace_tracker.core.clock import Reading
from codespace_tracker.machine import stopped
from codespace_tracker.machine.file_names import CONFIG, SCHEMA, TRIGGERS
from codespace_tracker.machine.state_directory import IGNORE, prepare

LIFE = Reading(1, 1, 1, "boot", 1)


def _edit(config: Callable[[str], None]) -> Callable[[str], None]:
    def edit(directory: str) -> None:
        path = os.path.join(directory, CONFIG)
        if not os.path.exists(path):
            Path(path).write_text('time_zone = "UTC"\n')
        config(path)

    return edit


WRITERS: dict[str, Callable[[str], object]] = {
    IGNORE: prepare,
    CONFIG: write_missing,
    TRIGGERS: write_missing,
    SCHEMA: write_missing,
    stopped.NAME: lambda directory: stopped.remember(directory, LIFE),
    "config.toml, by quota --plan": _edit(lambda path: _write(path, 'plan = "pro"\n')),
    "config.toml, by init": _edit(lambda path: _set_time_zone(path, "Asia/Kolkata")),
}


@pytest.mark.parametrize("name", WRITERS)
def test_a_writer_between_two_steps_of_another_leaves_both_content(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    directory, steps = str(tmp_path), []

    def between(step: Callable[..., None]) -> Callable[..., None]:
        def taken(source: str, target: str, **more: object) -> None:
            if os.path.basename(target) == name.partition(",")[0]:
                steps.append(step)
                if len(steps) == 1:  # the other program does all of it now
                    WRITERS[name](directory)
            step(source, target, **more)

        return taken

    alone = tmp_path / "alone"
    alone.mkdir()
    WRITERS[name](str(alone))
    wanted = {path.name: path.read_bytes() for path in alone.iterdir() if path.is_file()}
    monkeypatch.setattr(os, "rename", between(os.rename))
    monkeypatch.setattr(os, "link", between(os.link))
    WRITERS[name](directory)
    assert len(steps) > 1, "there were two writers"
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir() if path.is_file()} == wanted
