"""How many kills a storm of real processes has."""

import os

KILLS = int(os.environ.get("CODESPACE_TRACKER_TEST_KILLS", "60"))
"""Half of them in test_storm_of_daemon_kills.py, the other half in test_storm_of_all.py."""
