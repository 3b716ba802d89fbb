"""The copy of a pinned download that is there from before is used only where nobody else can change
it."""

import os
from pathlib import Path

import pytest
from tests.integration.web import SCRIPT, SHA, Web, refused

from codespace_tracker.runs.download import fetch

OTHER = 61_999


@pytest.fixture
def sticky(folder: Path) -> Path:
    """A folder as /tmp is: others put files there, and nobody else can replace these."""
    folder.chmod(0o1777)
    (folder / "x.sh").write_bytes(SCRIPT)
    return folder


@pytest.mark.machine
def test_a_copy_that_another_user_owns_is_not_used(web: Web, sticky: Path) -> None:
    os.chown(sticky / "x.sh", OTHER, OTHER)
    assert "was used" not in refused(web.url("/status/500/x.sh"), sticky, SHA)


@pytest.mark.parametrize("mode", [0o666, 0o664])
def test_a_copy_that_others_can_write_is_not_used(web: Web, sticky: Path, mode: int) -> None:
    (sticky / "x.sh").chmod(mode)
    assert "was used" not in refused(web.url("/status/500/x.sh"), sticky, SHA)


def test_a_link_is_not_used_as_a_copy(web: Web, sticky: Path) -> None:
    (sticky / "x.sh").rename(sticky / "elsewhere")
    (sticky / "x.sh").symlink_to("elsewhere")
    assert "was used" not in refused(web.url("/status/500/x.sh"), sticky, SHA)


def test_a_copy_of_the_users_own_is_used_in_a_sticky_folder(web: Web, sticky: Path) -> None:
    (sticky / "x.sh").chmod(0o644)
    assert "was used" in fetch(web.url("/status/500/x.sh"), SHA, str(sticky))
