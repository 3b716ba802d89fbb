"""The user's files → a configuration, or every problem of theirs with its place.

Only `configuration.py` is for the daemon; everything else may import what it likes: it runs in a
short-lived child or a command."""
