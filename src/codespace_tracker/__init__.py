"""codespace-tracker: how long a codespace has run, what it costs, and scripts that run at the right
time."""

__version__ = "0.2.0"
