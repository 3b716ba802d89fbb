"""The hub: where the codespaces of a team meet, a server of its own beside PostgreSQL or SQLite.

It needs the extra `codespace-tracker[hub]`. No tracker imports it. docs/hub.md explains how to run
it, and docs/architecture.md what is in this folder.
"""
