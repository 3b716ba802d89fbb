"""Addresses are shown without what may be secret in them, and otherwise as they are."""

import pytest

from codespace_tracker.core import address


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("https://host/@scope/pkg@1.2/run.sh", "https://host/@scope/pkg@1.2/run.sh"),
        ("https://user:secret@host/pkg@1.2/run.sh", "https://…@host/pkg@1.2/run.sh"),
        ("https://user:se@cret@host/run.sh", "https://…@host/run.sh"),
        ("https://secret@[::1]:8/run.sh", "https://…@[::1]:8/run.sh"),
        ("https://host/a@b.sh?token=secret", "https://host/a@b.sh?…"),
        ("https://user:sec/ret@host/run.sh", "https://…@host/run.sh"),
        ("user:secret@host/run.sh", "…@host/run.sh"),
    ],
)
def test_an_address_keeps_the_at_signs_of_its_path_and_no_secret(written: str, shown: str) -> None:
    assert address.shown(written) == shown
