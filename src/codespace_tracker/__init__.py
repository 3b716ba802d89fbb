"""codespace-tracker: how long a codespace has run, what it costs, and what happens when it has run for so long."""

__version__ = "0.2.0"
