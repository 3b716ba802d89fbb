"""The ledger: the SQLite database that holds the truth. Everything else is drawn from it.

SQL is here and nowhere else. Only the holder of the daemon's lock migrates; readers open it
read-only.
"""
