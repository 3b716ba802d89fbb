"""The status as metrics in Prometheus' text format: base units, one family after the other with its HELP and TYPE.

Counters end in `_total`, whatever may go back is a gauge. What is not known (a quota, where the plan has none) is left
out. The last heartbeat's moment tells how old the rest is.
"""

from collections.abc import Iterator
from typing import Literal, NamedTuple

from codespace_tracker.core.clock import SECOND_US
from codespace_tracker.core.gauge import GB_MONTH
from codespace_tracker.runtime_files import Status

_PREFIX = "codespace_tracker_"


class _Metric(NamedTuple):
    name: str
    kind: Literal["gauge", "counter"]
    help: str
    value: str
    labels: tuple[tuple[str, str], ...] = ()


def text(status: Status) -> str:
    """The content of metrics.prom."""
    return "".join(
        f"# HELP {_PREFIX}{one.name} {one.help}\n# TYPE {_PREFIX}{one.name} {one.kind}\n"
        f"{_PREFIX}{one.name}{_labels(one.labels)} {one.value}\n"
        for one in _metrics(status)
    )


def _metrics(status: Status) -> Iterator[_Metric]:
    session, tracker, month = status.session, status.tracker, status.month
    told = (
        ("version", status.version),
        ("environment", tracker.environment),
        ("codespace", tracker.codespace_name),
        ("repository", tracker.repository),
    )
    yield _Metric("info", "gauge", "What counts, and where.", "1", told)
    yield _Metric(
        *("last_heartbeat_timestamp_seconds", "gauge", "When all of this was measured."), _seconds(session.last_seen_at)
    )
    yield _Metric("session_open", "gauge", "Whether the session goes on (1) or has ended (0).", _flag(session.is_open))
    yield _Metric("session_start_timestamp_seconds", "gauge", "When the session began.", _seconds(session.started_at))
    yield _Metric("session_running_seconds", "gauge", "Running time of the session.", _seconds(session.running_us))
    yield _Metric("today_running_seconds", "gauge", "Running time of today, all sessions.", _seconds(status.today_us))
    yield _Metric("running_seconds_total", "counter", "Running time of all sessions.", _seconds(status.total_us))
    yield _Metric("sessions_total", "counter", "Sessions so far.", str(status.session_count))
    yield _Metric("cores", "gauge", "Cores of the machine.", str(session.span.cores))
    yield _Metric(
        *("month_core_seconds", "gauge", "Core-time of this billing month, with GitHub's figures where imported."),
        _seconds(month.used),
    )
    if month.quota is not None:
        yield _Metric(
            "month_quota_core_seconds", "gauge", "Core-time that the plan includes each month.", _seconds(month.quota)
        )
    if month.storage is not None:
        yield _Metric(
            *("month_storage_gigabyte_months", "gauge", "Storage of this billing month by GitHub's figures."),
            str(month.storage / GB_MONTH),
        )
        if month.storage_quota is not None:
            yield _Metric(
                *("month_storage_quota_gigabyte_months", "gauge", "Storage that the plan includes each month."),
                str(month.storage_quota / GB_MONTH),
            )
    yield _Metric("month_end_timestamp_seconds", "gauge", "When the billing month is over.", _seconds(month.month_end))
    yield _Metric("problems", "gauge", "Problems that status names.", str(len(status.problems)))


def _seconds(us: int) -> str:
    """Microseconds as seconds, exactly."""
    whole, rest = divmod(us, SECOND_US)
    return f"{whole}.{rest:06}" if rest else str(whole)


def _flag(holds: bool) -> str:
    return "1" if holds else "0"


def _labels(labels: tuple[tuple[str, str], ...]) -> str:
    quoted = (f'{name}="{_escaped(value)}"' for name, value in labels)
    return f"{{{','.join(quoted)}}}" if labels else ""


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace("\n", "\\n").replace('"', '\\"')
