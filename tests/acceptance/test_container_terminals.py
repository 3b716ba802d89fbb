"""Terminals that are opened in a container from outside of it: whoever types there is seen."""

import pytest
from tests.acceptance.lives import Workspaces
from tests.acceptance.podman import USER
from tests.integration.keys import assert_keys_are_seen_and_output_is_not
from tests.integration.terminal import PseudoTerminal

pytestmark = [pytest.mark.machine, pytest.mark.fresh]


def test_keys_in_podman_exec_are_seen_and_output_is_not(workspaces: Workspaces) -> None:
    workspaces.configure(owner=1000)
    container = workspaces.container()
    container.start()
    container.verb("ensure", user=USER)
    words = ["podman", "exec", "-it", "--user", USER, container.name, "bash", "--norc"]
    with PseudoTerminal(words, workspaces.engine.environment) as terminal:
        assert_keys_are_seen_and_output_is_not(workspaces, terminal)
