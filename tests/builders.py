"""What several kinds of tests build: triggers, as written and as the core has them, and sums."""

from collections.abc import Iterable
from typing import Any

from codespace_tracker.core.month import Counted
from codespace_tracker.core.session import ClosedSpan
from codespace_tracker.core.trigger import Edge, Level, Scope, Script, Trigger
from codespace_tracker.core.usage import core_us_between

SCRIPT = Script("true", ("sh", "-c"), "", "", "", (), 0)


def trigger(label: str = "Backup", **fields: Any) -> dict[str, Any]:
    """A good trigger as it is written in trigger_config.json, with fields of its own."""
    return {
        "label": label,
        "script_command": "true",
        "conditions": {"minute_runtime_minutes": 6},
        **fields,
    }


def core_trigger(
    flag: str = "a", *levels: Level, edge: Edge | None = None, scope: Scope = "edge", **more: Any
) -> Trigger:
    """A trigger as the core has it, whose label is its flag in capitals."""
    return Trigger(flag.upper(), flag, levels, edge, scope, SCRIPT, **more)


def counted(spans: Iterable[ClosedSpan]) -> Counted:
    """What was counted here, by its spans. The ledger's own sum is asked for no stretch that ends
    before it begins."""

    def between(since: int, until: int) -> int:
        assert since <= until
        return core_us_between(spans, since, until)

    return between
