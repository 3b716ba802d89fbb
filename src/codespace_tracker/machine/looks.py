"""One check of who is there: terminals, the file `activity`, and the servers of editors."""

from __future__ import annotations

from codespace_tracker.core.presence import Look
from codespace_tracker.machine import activity, reporters, terminals
from codespace_tracker.machine.editor_servers import EditorServers
from codespace_tracker.machine.editor_terminals import EditorTerminals


class Looks:
    """Looks, one after the other, at the machine that this process runs on."""

    def __init__(self, directory: str) -> None:
        self._directory = directory
        self._servers = EditorServers()
        self._terminals = EditorTerminals()

    def look(self, *, at_servers: bool) -> Look:
        """What is to be seen now."""
        touched = activity.touched_at(self._directory)
        servers, for_all = None, 0
        if at_servers:
            reports = reporters.read(self._directory)
            servers, for_all = self._servers.look(reports), reports.for_all
        found = terminals.read()
        return Look(found, touched, servers, for_all, self._terminals.within(found, self._servers))
