"""One run of a script: started as a fork of the daemon, watched until it ends, its outcome left as
a file.

A run never touches the ledger and outlives a daemon that dies. The daemon that runs then reads the
outcome.
"""
