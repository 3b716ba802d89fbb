"""The editors that keep it unknown whether anyone is there, in words."""

from __future__ import annotations

from codespace_tracker.core.presence import REPORT_FOR_ALL_US, REPORT_US, Server
from codespace_tracker.machine import reporters
from codespace_tracker.machine.editor_servers import EditorServers, Process
from codespace_tracker.views import wording


def hiding(directory: str, at: int) -> list[str]:
    """Each server that hides whether someone uses it at the instant `at` (UTC µs), and why."""
    servers, reports = EditorServers(), reporters.read(directory)
    if 0 <= at - reports.for_all <= REPORT_FOR_ALL_US:
        return []
    kinds = servers.found()
    if kinds is None:
        return ["the processes of this container cannot be seen"]
    return [
        _words(pid, kinds[(pid, started)], server)
        for (pid, started), server in servers.look(reports).items()
        if (pid, started) in kinds and at - server.reported_at > REPORT_US and server.clients != 0
    ]


def _words(pid: int, process: Process, server: Server) -> str:
    name = f"{process.kind.name} (process {pid})"
    if server.clients is not None:
        return f"{name} has {wording.count(server.clients, 'client')}, and nothing reports for it"
    if not process.is_ours:
        return f"{name} is another user's"
    return f"{name} does not show whether anyone is connected"
