"""What docs/hub offers to run a hub is about the hub that is there: its commands, variables and
metrics."""

from __future__ import annotations

import re
from pathlib import Path

import yaml  # type: ignore[import-untyped]
from click import Context

from codespace_tracker.cli.commands.hub import command as hub
from codespace_tracker.cli.hub_database import VARIABLE
from codespace_tracker.hub.web.metrics import Metrics

FOLDER = Path(__file__).parents[2] / "docs/hub"


def test_each_alert_is_about_a_metric_that_there_is() -> None:
    metrics = Metrics()
    metrics.took(_Taken())  # type: ignore[arg-type]
    names = set(re.findall(r"^# TYPE (\w+)", metrics.text().decode(), re.MULTILINE))
    rules = yaml.safe_load((FOLDER / "alerts.yaml").read_text())["groups"][0]["rules"]
    assert len(rules) == 5
    for rule in rules:
        for name in re.findall(r"codespace_tracker_hub_\w+", rule["expr"]):
            assert name.removesuffix("_bucket") in names, name


class _Taken:
    taken = known = 1
    aside = ()


def test_the_services_call_commands_that_there_are() -> None:
    services = yaml.safe_load((FOLDER / "compose.yaml").read_text())["services"]
    assert VARIABLE in services["hub"]["environment"]
    [command] = services["migrate"]["command"]
    assert hub.get_command(Context(hub), command) is not None
    serve = hub.get_command(Context(hub), "serve")
    assert serve is not None
    options = {name for parameter in serve.params for name in parameter.opts}
    unit = (FOLDER / "codespace-tracker-hub@.service").read_text()
    container = (FOLDER / "Containerfile").read_text()
    assert VARIABLE in unit
    for call in (unit.partition("hub serve ")[2], container.partition('CMD ["serve", "')[2]):
        assert re.split(r"[ \"]", call)[0] in options
