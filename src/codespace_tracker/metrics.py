"""The status as metrics in Prometheus' text format: base units, one family after the other with its
HELP and TYPE.

Counters end in `_total`; a value that may go back is a gauge. What is not known (a quota, if the
plan has none) is left out. The moment of the last heartbeat tells how old the rest is.

Every series says which tracker it is of, so that several can share a collector. A collector drops
the series of a file whose HELP or TYPE of a name is not that of another file, and says so in its
log alone: these texts never change.
"""

from collections.abc import Iterable, Iterator
from typing import Literal, NamedTuple

from codespace_tracker.core.clock import SECOND_US
from codespace_tracker.core.gauge import GB_MONTH, Gauge
from codespace_tracker.core.trigger import RESULTS
from codespace_tracker.ledger.occurrences import RunTotal
from codespace_tracker.views.presence import Unattended
from codespace_tracker.views.status import Status

_PREFIX = "codespace_tracker_"
_SHORT = 8  # characters of the tracker's id

Labels = tuple[tuple[str, str], ...]


class _Sample(NamedTuple):
    value: str
    labels: Labels = ()
    suffix: str = ""


class _Metric(NamedTuple):
    name: str
    kind: Literal["gauge", "counter", "summary"]
    help: str
    value: str = ""
    labels: Labels = ()
    samples: tuple[_Sample, ...] = ()
    """What it has in place of one value."""


def short_id(tracker_id: str) -> str:
    """What a tracker is called in labels, and in the name of its file."""
    return tracker_id[:_SHORT]


def text(status: Status, runs: Iterable[RunTotal] = ()) -> str:
    """The content of metrics.prom. `runs` is what the ledger keeps of runs of triggers."""
    tracker = status.tracker
    whose = (
        ("tracker", short_id(tracker.tracker_id)),
        ("codespace", tracker.codespace_name),
        ("repository", tracker.repository),
    )
    return "".join(_family(one, whose) for one in (*_metrics(status), *_of_runs(runs)))


def _family(one: _Metric, whose: Labels) -> str:
    name = f"{_PREFIX}{one.name}"
    samples = one.samples or (_Sample(one.value, one.labels),)
    lines = (
        f"{name}{sample.suffix}{_labels((*whose, *sample.labels))} {sample.value}\n"
        for sample in samples
    )
    return f"# HELP {name} {one.help}\n# TYPE {name} {one.kind}\n{''.join(lines)}"


def _of_runs(totals: Iterable[RunTotal]) -> Iterator[_Metric]:
    """The runs of each trigger that has run."""
    by_trigger: dict[Labels, list[RunTotal]] = {}
    for total in totals:
        by_trigger.setdefault((("trigger", total.label), ("flag", total.flag)), []).append(total)
    if not by_trigger:
        return
    counts, durations, last_durations, last_ends = [], [], [], []
    for labels, of_trigger in by_trigger.items():
        runs = {ended.result: ended.runs for ended in of_trigger}
        # also those that are none: only of a series that was there can a collector tell the
        # increase
        counts += [
            _Sample(str(runs.get(result, 0)), (*labels, ("result", result))) for result in RESULTS
        ]
        durations.append(
            _Sample(_seconds(sum(ended.duration_us for ended in of_trigger)), labels, "_sum")
        )
        durations.append(_Sample(str(sum(runs.values())), labels, "_count"))
        last = max(of_trigger, key=lambda ended: ended.last_ended_at)
        last_durations.append(_Sample(_seconds(last.last_us), labels))
        last_ends.append(_Sample(_seconds(last.last_ended_at), labels))
    yield _Metric(
        *("trigger_runs_total", "counter", "Runs of triggers that have ended, by result."),
        samples=tuple(counts),
    )
    yield _Metric(
        *("trigger_run_duration_seconds", "summary", "How long runs of triggers took."),
        samples=tuple(durations),
    )
    yield _Metric(
        *("trigger_last_run_duration_seconds", "gauge", "How long the last run of a trigger took."),
        samples=tuple(last_durations),
    )
    yield _Metric(
        *("trigger_last_run_timestamp_seconds", "gauge", "When the last run of a trigger ended."),
        samples=tuple(last_ends),
    )


def _metrics(status: Status) -> Iterator[_Metric]:
    session, tracker, gauge = status.session, status.tracker, status.gauge
    facts = (("version", status.version), ("environment", tracker.environment))
    yield _Metric("info", "gauge", "What counts, and where.", "1", facts)
    yield _Metric(
        *("last_heartbeat_timestamp_seconds", "gauge", "When all of this was measured."),
        _seconds(session.last_seen_at),
    )
    yield _Metric(
        "session_open",
        "gauge",
        "Whether the session goes on (1) or has ended (0).",
        _flag(session.is_open),
    )
    yield _Metric(
        "session_start_timestamp_seconds",
        "gauge",
        "When the session began.",
        _seconds(session.started_at),
    )
    yield _Metric(
        "session_running_seconds",
        "gauge",
        "Running time of the session.",
        _seconds(session.running_us),
    )
    yield _Metric(
        "today_running_seconds",
        "gauge",
        "Running time of today, all sessions.",
        _seconds(status.today_us),
    )
    yield _Metric(
        "running_seconds_total",
        "counter",
        "Running time of all sessions.",
        _seconds(status.total_us),
    )
    yield _Metric("sessions_total", "counter", "Sessions so far.", str(status.session_count))
    yield _Metric("cores", "gauge", "Cores of the machine.", str(session.span.cores))
    yield from _month(gauge)
    yield from _presence(status.unattended)
    yield _Metric("problems", "gauge", "Problems that status names.", str(len(status.problems)))


def _presence(found: Unattended) -> Iterator[_Metric]:
    if found.now.state != "unknown":
        yield _Metric(
            *("present", "gauge", "Whether someone is there (1) or no one is (0)."),
            _flag(found.now.state == "present"),
        )
    for name, core_us, what in (
        ("unattended", found.month.absent, "with no one there"),
        (
            "presence_unknown",
            found.month.unknown_of(found.month_us),
            "of which it is unknown",
        ),
    ):
        yield _Metric(
            f"month_{name}_core_seconds",
            "gauge",
            f"Core-time of this billing month {what}.",
            _seconds(core_us),
        )


def _month(gauge: Gauge) -> Iterator[_Metric]:
    yield _Metric(
        *(
            "month_core_seconds",
            "gauge",
            "Core-time of this billing month, with GitHub's figures where imported.",
        ),
        _seconds(gauge.used),
    )
    if gauge.quota is not None:
        yield _Metric(
            "month_quota_core_seconds",
            "gauge",
            "Core-time that the plan includes each month.",
            _seconds(gauge.quota),
        )
    if gauge.storage is not None:
        yield _Metric(
            *(
                "month_storage_gigabyte_months",
                "gauge",
                "Storage of this billing month by GitHub's figures.",
            ),
            str(gauge.storage / GB_MONTH),
        )
        if gauge.storage_quota is not None:
            yield _Metric(
                *(
                    "month_storage_quota_gigabyte_months",
                    "gauge",
                    "Storage that the plan includes each month.",
                ),
                str(gauge.storage_quota / GB_MONTH),
            )
    yield _Metric(
        "month_end_timestamp_seconds",
        "gauge",
        "When the billing month is over.",
        _seconds(gauge.month_end),
    )


def _seconds(us: int) -> str:
    """Microseconds as seconds, exactly."""
    whole, rest = divmod(us, SECOND_US)
    return f"{whole}.{rest:06}" if rest else str(whole)


def _flag(holds: bool) -> str:
    return "1" if holds else "0"


def _labels(labels: Labels) -> str:
    quoted = (f'{name}="{_escaped(value)}"' for name, value in labels)
    return f"{{{','.join(quoted)}}}" if labels else ""


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace("\n", "\\n").replace('"', '\\"')
