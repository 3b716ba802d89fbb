"""GitHub's usage report as a file, and its API. Only commands use it; the daemon never asks GitHub
anything."""
