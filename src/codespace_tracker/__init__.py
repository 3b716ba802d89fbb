"""codespace-tracker: how long a codespace has run, what it costs, and what should happen when it has run for so long."""

__version__ = "0.1.0"
