"""`quota --plan`: set the plan in config.toml and bring it into force."""

import os
import time

import click

from codespace_tracker.config.configuration import Problem, Settings
from codespace_tracker.daemon import control
from codespace_tracker.failure import Failure
from codespace_tracker.ledger.connect import LedgerError
from codespace_tracker.machine import liveness
from codespace_tracker.machine.files import beside, replace
from codespace_tracker.machine.rooted import real_path, rooted
from codespace_tracker.views.quota_terms import plan_line
from codespace_tracker.views.scene import configuration_in_force, last_configuration, open_ledger

_BOM = "\ufeff"
_PATIENCE_SECONDS = 5.0
_LOOK_SECONDS = 0.05


def set_plan(directory: str, plan: str) -> str:
    """Set the plan, and return what to print. Raises click.BadParameter, Failure."""
    from codespace_tracker.config.samples import write_missing
    from codespace_tracker.config.settings import NAME, settings_from
    from codespace_tracker.config.toml_edit import with_setting

    value = _value(plan)
    path = os.path.join(directory, NAME)
    if not os.path.isdir(rooted(directory)):
        raise Failure(
            f"{directory}: the state directory does not exist yet. Fix: `codespace-tracker start` "
            "creates it."
        )
    if not os.path.lexists(rooted(path)):
        write_missing(directory, kept=last_configuration(directory).triggers)
    text = _read(directory, NAME)
    bom = _BOM if text.startswith(_BOM) else ""
    after = with_setting(text.removeprefix(_BOM), "plan", value)
    settings = settings_from(after)[0] if after is not None else None
    if after is None or settings is None:
        literal = f'"{value}"' if isinstance(value, str) else f"{value:g}"
        raise Failure(
            f"{path}: the plan could not be set, as the file has problems or an unusual layout."
            f" Nothing was changed. Fix: add `plan = {literal}` to it; `codespace-tracker doctor`"
            " lists problems."
        )
    if bom + after != text:
        _write(path, bom + after)
    control.reload(directory)
    return f"Plan: {plan_line(settings)}.{_await(directory, settings)}"


def _value(plan: str) -> str | float:
    name = plan.strip().lower()
    if name in ("free", "pro", "none"):
        return name
    try:
        number = float(name)
    except ValueError:
        number = 0.0
    if not 0 < number <= 1_000_000:
        message = (
            f'{plan!r} is not a plan. Write "free", "pro", "none" or a number of core-hours per '
            "month."
        )
        raise click.BadParameter(message, param_hint="--plan")
    return number


def _read(directory: str, name: str) -> str:
    from codespace_tracker.config.load import text_of

    problems: list[Problem] = []
    text = text_of(directory, name, problems)
    if problems or text is None:
        raise Failure(f"{directory}/{problems[0] if problems else f'{name}: cannot be read.'}")
    with open(rooted(os.path.join(directory, name)), "rb") as file:
        return (_BOM if file.read(3) == _BOM.encode() else "") + text


def _write(path: str, text: str) -> None:
    target = real_path(path)
    try:
        like = os.stat(rooted(target))
        replace(target, text.encode(), durable=True, like=like, by=beside(target))
    except OSError as error:
        raise Failure(
            f"{target}: cannot be written ({error.strerror}). Nothing was changed."
            " Fix: check its permissions, those of its folder, and the disk."
        ) from error


def _await(directory: str, wanted: Settings) -> str:
    """Wait until the daemon uses the plan; what to print if it does not."""
    if liveness.running(directory).daemon is None:
        return " The tracker is not running: this takes effect with `codespace-tracker start`."
    until = time.monotonic() + _PATIENCE_SECONDS
    while time.monotonic() < until:
        try:
            ledger = open_ledger(directory)
        except LedgerError:
            return ""
        try:
            configuration, loaded = configuration_in_force(ledger)
        finally:
            ledger.close()
        if (
            configuration.settings.plan == wanted.plan
            and configuration.settings.quota_core_us == wanted.quota_core_us
        ):
            return ""
        if loaded.problems:
            return (
                f" It is not in force yet: {loaded.problems[0].file} has problems. See"
                " `codespace-tracker doctor`."
            )
        time.sleep(_LOOK_SECONDS)
    return " The tracker has not applied it yet."
