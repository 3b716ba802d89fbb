"""What GitHub tells: its usage report as a file, and its API. For verbs only; the daemon never asks GitHub anything."""
