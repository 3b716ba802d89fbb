"""The ledger: the SQLite database that is the one truth. Everything else is drawn from it.

SQL lives here and nowhere else. Only the holder of the daemon's lock migrates; whoever only reads opens read-only.
"""
