"""Idle stretches: what was seen once stays seen, and each stretch is one for each trigger."""

from codespace_tracker.core.idle import Activity, Idleness

BACKUP = ("backup", "Back up", 0)


def test_nobody_was_there_earlier_than_was_seen_before() -> None:
    idleness = Idleness()
    assert idleness.touched(Activity(0, known=True), 10) == 0
    assert idleness.touched(Activity(50, known=True), 60) == 50
    assert idleness.touched(Activity(20, known=True), 70) == 50, "that terminal was closed"
    assert idleness.touched(Activity(0, known=False), 50) == 50


def test_what_was_seen_by_a_clock_that_was_ahead_is_forgotten_when_it_is_set_back() -> None:
    idleness = Idleness()
    assert idleness.touched(Activity(50, known=True), 60) == 50
    assert idleness.touched(Activity(20, known=True), 49) == 20
    assert idleness.touched(Activity(0, known=True), 49) == 20


def test_a_stretch_is_new_once_for_each_trigger_and_each_time_that_it_was_re_armed() -> None:
    idleness = Idleness()
    assert idleness.is_new(BACKUP, 100, 110)
    assert not idleness.is_new(BACKUP, 100, 120)
    assert not idleness.is_new(BACKUP, 99, 120)
    assert idleness.is_new(("backup", "Back up", 1), 100, 120)
    assert idleness.is_new(("backup", "Another", 0), 100, 120)
    assert idleness.is_new(BACKUP, 101, 120)
    assert not idleness.is_new(BACKUP, 101, 120)


def test_a_stretch_that_was_due_by_a_clock_ahead_of_now_keeps_no_other_out() -> None:
    idleness = Idleness()
    assert idleness.is_new(BACKUP, 100, 110)
    assert not idleness.is_new(BACKUP, 90, 100)
    assert idleness.is_new(BACKUP, 90, 99)
    assert not idleness.is_new(BACKUP, 90, 99)


def test_what_the_ledger_tells_is_remembered_and_never_less_than_was_known() -> None:
    idleness = Idleness()
    idleness.remember({BACKUP: 100})
    assert not idleness.is_new(BACKUP, 100, 110)
    idleness.remember({BACKUP: 50})
    assert not idleness.is_new(BACKUP, 100, 110)
    idleness.remember({BACKUP: 200})
    assert not idleness.is_new(BACKUP, 200, 210)
    assert idleness.is_new(BACKUP, 201, 210)
