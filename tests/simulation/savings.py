"""What a simulation of thousands of starts and hundreds of hours saves where its test is about
something else."""

import contextlib
import functools
from collections.abc import Iterator
from unittest import mock

from codespace_tracker.config import load, points, samples
from codespace_tracker.config.trigger_types import trigger_schema
from codespace_tracker.config.zone import zone_from_name
from codespace_tracker.core.clock import HOUR_US
from codespace_tracker.daemon import runtime_file_schedule

_SHARED = {  # the same each time, and slow: in real life a process of its own makes a plan
    (load, "zone_from_name"): functools.cache(zone_from_name),
    (samples, "trigger_schema"): functools.cache(trigger_schema),
}


@contextlib.contextmanager
def shared() -> Iterator[None]:
    """What is the same in each plan is made once."""
    with contextlib.ExitStack() as stack:
        for (owner, name), once in _SHARED.items():
            stack.enter_context(mock.patch.object(owner, name, once))
        yield


@contextlib.contextmanager
def few_points(most: int) -> Iterator[None]:
    """A plan has only so many moments of an `at`, so that they run out soon and are made anew
    often."""
    with mock.patch.object(points, "_MOST", most):
        yield


@contextlib.contextmanager
def seldom_drawn() -> Iterator[None]:
    """The runtime files are drawn each hour and not each minute, besides whenever something
    happens: most of the work of a day in which little does. The daemon wakes each minute all the
    same."""
    with mock.patch.object(runtime_file_schedule, "MINUTE_US", HOUR_US):
        yield
