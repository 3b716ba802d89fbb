"""What `status` shows to people. `start`, `restart` and `chalu` show it too."""

from __future__ import annotations

from codespace_tracker.cli import show
from codespace_tracker.core.text import quoted
from codespace_tracker.machine.environment import CODESPACE
from codespace_tracker.views import wording
from codespace_tracker.views.condition import condition, where
from codespace_tracker.views.presence import SHOWN_UNKNOWN_US
from codespace_tracker.views.quota_terms import all_codespaces, at_least, month_since
from codespace_tracker.views.tracker_state import TrackerState

_MARKS = {"running": ("●", "green"), "waiting": ("○", "yellow"), "not_running": ("○", "red")}

SHARED = "locks are not shared here. Use this directory from one machine only."


_NAMED, _LABEL = 2, 24  # triggers that are named, and columns of a label


_NOTE_LEAST = (
    30  # columns: where fewer are left beside a figure, what it is stands on lines of its own
)


def text(state: TrackerState) -> str:
    """What `status` shows to people, within 80 columns where names allow."""
    session, zone = state.session, state.configuration.zone
    lines = [_head(state), ""]
    sessions = wording.count(state.session_count, "session")
    start = f"since {wording.moment(session.began_at, zone)}"
    is_today = zone.day_start(state.now_us) <= session.last_seen_at
    today = "Today" if state.running or is_today else "That day"
    rows = (
        (f"Session {session.number}", wording.length(session.running_us), start),
        (
            today,
            wording.length(state.today_us),
            f"{wording.day(session.last_seen_at, zone)} ({zone.name})",
        ),
        *_unattended(state, is_today=today == "Today"),
        (
            "All sessions",
            wording.length(state.total_us),
            f"{sessions} since {wording.day(state.first_start, zone)}",
        ),
        ("Month", *_month(state)),
    )
    width = max(len(value) for _, value, _ in rows)
    label = max(len(name) for name, _, _ in rows)
    for name, value, note in rows:
        head = f"  {name:{label}}  {value:>{width}}"
        line = f"{head}  {note}"
        room = (show.columns() or show.width(line)) - show.width(head) - 2
        if show.width(note) > room >= _NOTE_LEAST:
            line = show.hanging(f"{head}  ", note)
        elif show.width(note) > room:
            line = f"{show.hanging('  ', f'{name}  {value}')}\n{show.hanging('    ', note)}"
        lines.append(line.replace(value, show.bold(value), 1))
    for note in state.missing:
        lines.append(show.hanging("  ", note))
    lines += _triggers(state)
    cores = wording.count(session.span.cores, "core")
    beat = f"last heartbeat {wording.about(state.silent_us)} ago"
    if not state.running:
        beat = f"last heartbeat {wording.moment(session.last_seen_at, zone)}"
    lines += ["", show.fitted("  ", f"{beat} · {cores} · {state.directory}")]
    if state.file_system:
        lines.append(
            show.fitted("  ", f"file system {wording.printable(state.file_system)}: {SHARED}")
        )
    if state.notices:
        notices = (
            f"{notice.text} ({wording.about(max(0, state.now_us - notice.at))} ago)"
            for notice in state.notices
        )
        lines += ["", show.colour("  Notices", "cyan"), *map(show.item, notices)]
    if state.problems:
        lines += ["", show.colour("  Needs attention", "yellow"), *map(show.item, state.problems)]
    return "\n".join(lines)


def _unattended(state: TrackerState, *, is_today: bool) -> list[tuple[str, str, str]]:
    """How much of today no one was there, and since when; nothing where none of it is known."""
    split, presence = state.today_split, state.presence
    if not (split.present or split.absent or presence.since):
        return []
    unknown_us = split.unknown_of(state.today_us)
    note = ["of today" if is_today else "of that day"]
    if unknown_us >= SHOWN_UNKNOWN_US:
        note.append(f"unknown for {wording.about(unknown_us)}")
    if presence.state == "absent" and presence.since is not None:
        note.append(f"idle for {wording.about(max(0, state.at - presence.since))}")
    elif state.running and presence.state == "unknown":
        note.append("now unknown")
    return [("Unattended", wording.length(split.absent), " · ".join(note))]


def _triggers(state: TrackerState) -> list[str]:
    """What is due next, what runs, and what failed, a line each where there is something to say."""
    at, glance = state.session.last_seen_at, state.glance

    def named(label: str) -> str:
        first, *rest = show.wrap(wording.printable(label), _LABEL)
        return f"{first}…" if rest else first

    rows: list[tuple[str, str]] = []
    if state.running and glance.running:
        rows.append(("Running", ", ".join(map(named, glance.running[:_NAMED]))))
    if state.running and glance.next:
        upcoming = glance.next[:_NAMED]
        due = [f"{named(label)} {wording.ahead(due_at - at)}" for label, due_at, _ in upcoming]
        if any(waits_for_running for _, _, waits_for_running in upcoming):
            due.append("if it keeps running")
        rows.append(("Next", ", ".join(due)))
    enabled = (
        {trigger.flag for trigger in state.configuration.triggers if trigger.enabled}
        if glance.failed
        else set()
    )
    failed = [failure for failure in glance.failed if failure[1] in enabled]
    if failed:
        label, flag, ended_at = failed[0]
        others = f" and {len(failed) - 1} more" if len(failed) > 1 else ""
        why = f"codespace-tracker triggers log {quoted(flag)}"
        rows.append(
            ("Failed", f"{named(label)} {wording.about(max(0, at - ended_at))} ago{others}: {why}")
        )
    return ["", *(show.fitted(f"  {name:7}  ", text) for name, text in rows)] if rows else []


def _month(state: TrackerState) -> tuple[str, str]:
    """How much of the billing month's quota is used, and on which basis."""
    gauge, zone = state.gauge, state.configuration.zone
    is_billed = gauge.as_of is not None
    basis = f"{month_since(gauge, zone)}, counted here"
    if gauge.has_fleet:
        basis = f"{month_since(gauge, zone)}, {all_codespaces(gauge)}"
    if is_billed:
        of_all = ", all codespaces" if gauge.has_fleet else ""
        basis = f"this month{of_all}, with GitHub's figures"
    if gauge.quota is None:
        none = (
            "not a codespace" if state.tracker.environment != CODESPACE else "an organization pays"
        )
        if not gauge.counts:
            return wording.core_hours(
                gauge.used
            ), f"core-hours here {month_since(gauge, zone)}; no quota: {none}"
        return wording.core_hours(
            gauge.used
        ), f"core-hours {'or more ' if gauge.is_at_least else ''}{basis}"
    used = (
        f"{at_least(gauge)}{wording.core_hours(gauge.used)} of {wording.core_hours(gauge.quota)} "
        "core-hours"
    )
    return wording.percent(gauge.used, gauge.quota), f"{used} {basis}"


def _head(state: TrackerState) -> str:
    found, named = condition(state), where(state)
    mark, colour = _MARKS[found.kind]
    head = _coloured(show.fitted(f"{mark} ", f"{found.name} · {named}"), colour, found.state)
    lines = [head, *([show.hanging("  ", found.why)] if found.why else [])]
    if found.kind == "not_running":
        lines.append(show.fitted("  ", "Start it: codespace-tracker start"))
    return "\n".join(lines)


def _coloured(head: str, name: str, state: str) -> str:
    """The head line with its mark in a colour, and what it says first in bold."""
    return f"{show.colour(head[0], name)}{head[1:].replace(state, show.bold(state), 1)}"
