"""The signs by which the tracker knows whether someone is there, in words: terminals, the file
`activity`, and the servers of editors."""

from __future__ import annotations

from codespace_tracker.core.presence import REPORT_FOR_ALL_US, REPORT_US, Server
from codespace_tracker.machine import activity, reporters, terminals
from codespace_tracker.machine.editor_servers import EditorServers, Process
from codespace_tracker.views import wording

_CANNOT_SEE = "the processes of this container cannot be seen"


class Signs:
    """What is to be seen in a state directory's machine, as of the instant `at` (UTC µs)."""

    def __init__(self, directory: str, at: int) -> None:
        self._directory, self._at = directory, at
        self._reports = reporters.read(directory)
        servers = EditorServers()
        self._kinds = servers.found()
        looked = {} if self._kinds is None else servers.look(self._reports)
        kinds = self._kinds or {}
        self._servers = [
            (pid, kinds[(pid, started)], server)
            for (pid, started), server in looked.items()
            if (pid, started) in kinds
        ]

    def hiding(self) -> list[str]:
        """Each server that hides whether someone uses it, and why."""
        if self._is_reported_for_all():
            return []
        if self._kinds is None:
            return [_CANNOT_SEE]
        return [
            self._server(*one)
            for one in self._servers
            if one[2].clients != 0 and (self._is_blind(one[2]) or not self._is_reported(one[2]))
        ]

    def seen(self) -> list[str]:
        """Everything that is looked at, a line each."""
        found = terminals.read()
        used = [accessed for accessed, born in found.values() if accessed > born]
        lines = [
            f"your {wording.count(len(found), 'terminal')}"
            + (f", last used {self._ago(max(used))}" if used else ", none used yet")
        ]
        touched = activity.touched_at(self._directory)
        if touched:
            lines.append(f"`activity` was touched {self._ago(touched)}")
        if self._reports.for_all:
            lines.append(
                f"`activity --reporting` was run {self._ago(self._reports.for_all)}"
                + ("" if self._is_reported_for_all() else ", which is too long ago to count")
            )
        if self._kinds is None:
            return [*lines, _CANNOT_SEE]
        return [*lines, *(self._server(*one) for one in self._servers)] + (
            [] if self._servers else ["no server of an editor"]
        )

    def _is_reported_for_all(self) -> bool:
        return 0 <= self._at - self._reports.for_all <= REPORT_FOR_ALL_US

    def _is_reported(self, server: Server) -> bool:
        return self._at - server.reported_at <= REPORT_US

    def _is_blind(self, server: Server) -> bool:
        return self._at - server.blind_at <= REPORT_US

    def _ago(self, at: int) -> str:
        return f"{wording.about(max(0, self._at - at))} ago"

    def _server(self, pid: int, process: Process, server: Server) -> str:
        name = f"{process.kind.name} (process {pid})"
        if server.clients is not None:
            what = f"{name} has {wording.count(server.clients, 'client')}"
        elif not process.is_ours:
            what = f"{name} is another user's"
        else:
            what = f"{name} does not show whether anyone is connected"
        if self._is_blind(server):
            return f"{what}; its reporter cannot see into one of its windows"
        if self._is_reported(server):
            return f"{what}; its reporter is alive"
        if server.reported_at:
            return f"{what}; its reporter was last alive {self._ago(server.reported_at)}"
        return f"{what}, and nothing reports for it" if server.clients else what
