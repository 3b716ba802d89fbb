"""The only code that touches the machine: its clocks, files, locks and surroundings."""
