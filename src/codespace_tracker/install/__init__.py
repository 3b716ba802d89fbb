"""Set-up: where the program is installed, kept for rebuilds, and hooked into the shells."""
