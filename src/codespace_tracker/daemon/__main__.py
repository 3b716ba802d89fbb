"""Started by ghadi.sh as `python -I daemon/__main__.py DIRECTORY`. See main.py."""

from codespace_tracker.daemon.main import main

main()
