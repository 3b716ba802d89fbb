"""What all tests share: how they find each other, and a hypothesis that finds the same examples
every time."""

import os
import signal
import sys
from pathlib import Path

from hypothesis import settings

sys.path.insert(
    0, str(Path(__file__).parent.parent)
)  # so that `from tests.unit.timelines import …` always works

from tests.examples import USUAL

settings.register_profile(
    "repeatable", max_examples=USUAL, derandomize=True, deadline=None, database=None
)
settings.load_profile("repeatable")

# A plain host counts from the tracker's start, a container from its own: tests expect a container
# wherever they run.
os.environ["REMOTE_CONTAINERS"] = "true"
# in a terminal of an editor they do not ask it for its extensions
os.environ.pop("VSCODE_IPC_HOOK_CLI", None)

if (
    signal.getsignal(signal.SIGINT) is signal.SIG_IGN
):  # started in the background of a shell: children would inherit it
    signal.signal(signal.SIGINT, signal.default_int_handler)
