"""Started by ghadi.sh as `python -I daemon/__main__.py DIRECTORY`. See main.py."""

import os
import sys

try:
    from codespace_tracker.daemon.main import main
except ModuleNotFoundError:
    # pip put us into the folder of a user's own packages, which -I leaves out
    sys.path.append(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))
    from codespace_tracker.daemon.main import main

main()
