"""One check of who is there: terminals, the file `activity`, and the servers of editors."""

from __future__ import annotations

from codespace_tracker.core.presence import Look
from codespace_tracker.machine import activity, reporters, terminals
from codespace_tracker.machine.editor_servers import EditorServers


class Looks:
    """Looks, one after the other, at the machine that this process runs on."""

    def __init__(self, directory: str) -> None:
        self._directory = directory
        self._servers = EditorServers()

    def look(self, *, at_servers: bool) -> Look:
        """What is to be seen now."""
        touched = activity.touched_at(self._directory)
        if not at_servers:
            return Look(terminals.read(), touched, None)
        reports = reporters.read(self._directory)
        servers = self._servers.look(reports)
        return Look(terminals.read(), touched, servers, reports.for_all)
