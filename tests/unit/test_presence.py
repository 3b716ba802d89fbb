"""Presence at its edges: what is a touch, what makes absence known, and how time splits."""

from typing import Any

import pytest

from codespace_tracker.core.clock import HOUR_US, MINUTE_US, SECOND_US
from codespace_tracker.core.presence import (
    EMPTY_US,
    LONGEST_US,
    QUARTER_US,
    REPORT_FOR_ALL_US,
    REPORT_US,
    Kept,
    Look,
    Part,
    Presence,
    Server,
    Stretch,
    Tally,
)

AT = 20_000 * 96 * QUARTER_US
"""A quarter hour begins here."""
PRESENT_US = 5 * MINUTE_US
CODE = (100, 5000)


def terminals(*accessed: int, born: int = -HOUR_US) -> dict[str, tuple[int, int]]:
    return {str(n): (AT + one, AT + born) for n, one in enumerate(accessed)}


def look(*accessed: int, **more: Any) -> Look:
    """What a check sees where terminals were used at these µs after AT."""
    return Look(terminals(*accessed), more.pop("activity", 0), more.pop("servers", {}), **more)


class Watched:
    """A session that is looked at; all times in seconds after its start, which was at AT."""

    def __init__(self, first: Look | None = None, kept: Kept | None = None, after: int = 0) -> None:
        self.presence = Presence(PRESENT_US)
        self.parts: list[Part] = []
        self.see(first or look(), after, kept=kept)

    def see(self, seen: Look, second: int, *, step: int = 0, kept: Kept | None = None) -> "Watched":
        clock = second * SECOND_US
        self.presence, parts = self.presence.looked(seen, clock, AT + clock + step, kept)
        self.parts += parts
        return self

    @property
    def since(self) -> int | None:
        """Since which second the idle stretch grows; None while presence is unknown."""
        stretch = self.presence.stretch
        return None if stretch is None else stretch.since // SECOND_US

    @property
    def split(self) -> tuple[int, int, int]:
        """Seconds present, absent and unknown that were decided so far."""
        sums = [
            sum(one) // SECOND_US for one in zip(*(part[1:] for part in self.parts), strict=True)
        ]
        return (sums[0], sums[1], sums[2]) if sums else (0, 0, 0)


def server(clients: int | None = 0, reported: int | None = None) -> dict[tuple[int, int], Server]:
    """One server, whose reporter reported so many seconds after AT."""
    return {CODE: Server(clients, 0 if reported is None else AT + reported * SECOND_US)}


# --- touches


def test_an_access_time_that_changes_is_a_touch_and_the_stretch_begins_when_it_is_seen() -> None:
    watched = Watched(look(0))
    assert watched.see(look(0), 10).since == 0
    assert watched.see(look(13 * SECOND_US), 20).since == 28, "keys of 8 s more may not show"
    assert watched.presence.touched == 13 * SECOND_US
    assert watched.see(look(13 * SECOND_US), 30).since == 28


def test_what_was_used_before_the_first_look_is_no_touch() -> None:
    watched = Watched(look(-SECOND_US), after=60)
    assert watched.since == 60
    assert watched.presence.touched is None


def test_a_terminals_birth_is_no_touch_but_its_first_use_is() -> None:
    watched = Watched()
    born = {"5": (AT + 5 * SECOND_US, AT + 5 * SECOND_US)}
    assert watched.see(Look(born, 0, {}), 10).since == 0
    used = {"5": (AT + 15 * SECOND_US, AT + 5 * SECOND_US)}
    assert watched.see(Look(used, 0, {}), 20).since == 28
    used_at_once = {**used, "6": (AT + 28 * SECOND_US, AT + 25 * SECOND_US)}
    assert watched.see(Look(used_at_once, 0, {}), 30).since == 38


def test_a_new_terminal_with_the_name_of_a_closed_one_is_born_and_not_used() -> None:
    watched = Watched(look(0))
    reborn = {"0": (AT + 5 * SECOND_US, AT + 5 * SECOND_US)}
    assert watched.see(Look(reborn, 0, {}), 10).since == 0


def test_a_terminal_that_closes_ends_no_stretch_and_begins_none() -> None:
    assert Watched(look(0)).see(look(), 10).since == 0


def test_what_is_used_by_a_clock_that_was_set_back_is_a_touch() -> None:
    watched = Watched(look(0))
    assert watched.see(look(-HOUR_US + 5 * SECOND_US), 10, step=-HOUR_US).since == 18


@pytest.mark.parametrize("step", [-HOUR_US, HOUR_US])
def test_a_clock_that_steps_touches_nothing(step: int) -> None:
    assert Watched(look(0)).see(look(0), 10, step=step).since == 0


@pytest.mark.parametrize("step", [-HOUR_US, HOUR_US])
def test_a_touch_beside_a_step_is_put_at_the_look_before(step: int) -> None:
    watched = Watched(look(0)).see(look(0), 10).see(look(15 * SECOND_US), 20, step=step)
    assert watched.presence.touched == 10 * SECOND_US
    assert watched.since == 28


def test_the_file_activity_is_a_touch_when_its_time_changes_or_it_comes() -> None:
    watched = Watched()
    assert watched.see(look(activity=AT + 5 * SECOND_US), 10).since == 18
    assert watched.see(look(activity=AT + 5 * SECOND_US), 20).since == 18
    assert watched.see(look(), 30).since == 18, "it was deleted"
    assert watched.see(look(activity=AT + 35 * SECOND_US), 40).since == 48
    both = look(41 * SECOND_US, activity=AT + 49 * SECOND_US)
    assert watched.see(both, 50).since == 58
    assert watched.see(look(41 * SECOND_US, activity=AT + 51 * SECOND_US), 52).since == 60


def test_the_same_look_again_changes_nothing() -> None:
    watched = Watched(look(0)).see(look(5 * SECOND_US, servers=server(1)), 10)
    before, parts = watched.presence, len(watched.parts)
    assert watched.see(look(5 * SECOND_US, servers=server(1)), 10).presence == before
    assert len(watched.parts) == parts


# --- whether presence is known


def test_without_servers_presence_is_known_and_a_server_makes_it_unknown() -> None:
    watched = Watched()
    assert watched.since == 0
    assert watched.see(look(servers=server(1)), 60).since is None
    assert watched.see(look(servers=None), 70).since is None, "servers were not looked at"
    assert watched.see(look(), 120).since == 120, "the stretch did not grow meanwhile"


@pytest.mark.parametrize("clients", [1, 3, None])
def test_a_server_with_clients_or_that_cannot_be_seen_into_stays_unknown(
    clients: int | None,
) -> None:
    watched = Watched(look(servers=server(clients)))
    for second in range(60, 1200, 60):
        assert watched.see(look(servers=server(clients)), second).since is None


def test_a_server_is_known_when_two_looks_in_a_row_saw_no_client() -> None:
    watched = Watched(look(servers=server(1)))
    assert watched.see(look(servers=server(0)), 60).since is None
    assert watched.see(look(servers=server(0)), 61).since is None, "as when a page is reloaded"
    assert watched.see(look(servers=server(0)), 60 + EMPTY_US // SECOND_US).since == 90
    assert watched.see(look(servers=server(1)), 120).since is None
    assert watched.see(look(servers=server(0)), 180).since is None


def test_each_server_is_known_by_itself() -> None:
    other = (200, 6000)
    reported = Server(2, AT + 55 * SECOND_US)
    watched = Watched()
    both = {CODE: Server(1), other: reported}
    assert watched.see(look(servers=both), 60).since is None, "the reporter is the other's"
    assert watched.see(look(servers={other: reported}), 120).since == 120


def test_a_server_with_another_start_is_another_server() -> None:
    watched = Watched(look(servers={CODE: Server(0)}))
    assert watched.see(look(servers={(100, 9999): Server(0)}), 60).since is None


def test_a_reporter_makes_its_server_known_for_two_minutes_by_both_clocks() -> None:
    watched = Watched(look(servers=server(1)))
    assert watched.see(look(servers=server(1, reported=58)), 60).since == 60
    assert watched.see(look(servers=server(1, reported=58)), 170).since == 60
    late = 58 + REPORT_US // SECOND_US + 1
    assert watched.see(look(servers=server(1, reported=58)), late).since is None
    stepped = Watched(look(servers=server(1, reported=0)))
    assert stepped.see(look(servers=server(1, reported=0)), 121, step=-2 * MINUTE_US).since is None
    assert stepped.see(look(servers=server(1, reported=121)), 122, step=HOUR_US).since is None
    assert stepped.see(look(servers=server(1, reported=HOUR_US)), 123).since is None, "from ahead"


def test_a_reporter_that_cannot_see_into_a_window_makes_its_server_unknown_for_two_minutes() -> (
    None
):
    """Also while another window of its server reports: a chat of an extension may have the keys."""
    both = {CODE: Server(2, AT + 58 * SECOND_US, blind_at=AT + 59 * SECOND_US)}
    watched = Watched()
    assert watched.see(look(servers=both), 60).since is None
    both = {CODE: Server(2, AT + 190 * SECOND_US, blind_at=AT + 59 * SECOND_US)}
    assert watched.see(look(servers=both), 170).since is None
    assert watched.see(look(servers=both), 190).since == 190
    left = {CODE: Server(0, 0, blind_at=AT + 250 * SECOND_US)}
    assert watched.see(look(servers=left), 260).see(look(servers=left), 300).since == 300


def test_a_report_for_all_makes_all_servers_known_for_half_a_day() -> None:
    watched = Watched(look(servers=server(None)))
    told = look(servers=server(None), reported_at=AT + 50 * SECOND_US)
    assert watched.see(told, 60).since == 60
    last = REPORT_FOR_ALL_US // SECOND_US
    for second in range(120, last, 300):
        assert watched.see(told, second).since == 60
    assert watched.see(told, last + 51).since is None


def test_touching_activity_alone_makes_nothing_known() -> None:
    watched = Watched(look(servers=server(1)))
    assert watched.see(look(activity=AT + SECOND_US, servers=server(1)), 60).since is None


def test_what_was_not_looked_at_for_long_is_unknown() -> None:
    long = LONGEST_US // SECOND_US + 1
    watched = Watched().see(look(servers=None), long)
    assert watched.since is None
    assert watched.see(look(), long + 60).since == long + 60
    assert watched.split == (0, 0, long + 60)
    assert Watched().see(look(), LONGEST_US // SECOND_US).since == 0


# --- which stretch it is


def test_a_stretch_is_another_one_after_a_touch_or_after_somebody_may_have_been_there() -> None:
    watched = Watched()
    first = watched.presence.point
    assert watched.see(look(servers=server(0)), 60).see(look(servers=server(0)), 120).since == 120
    assert watched.presence.point == first, "nobody was in that server"
    watched.see(look(servers=server(1)), 180).see(look(), 240)
    assert watched.presence.stretch == Stretch(
        240 * SECOND_US, AT + 180 * SECOND_US, 240 * SECOND_US
    )
    watched.see(look(activity=AT + 250 * SECOND_US), 260)
    assert watched.presence.point == AT + 260 * SECOND_US


def test_the_next_daemon_goes_on_with_the_stretch_if_nothing_was_used_since() -> None:
    kept = Kept(decided=90 * SECOND_US, point=AT + 7, newest=AT + 5)
    assert Watched(look(5), kept=kept, after=100).presence.stretch == Stretch(
        100 * SECOND_US, AT + 7, 100 * SECOND_US
    )
    assert Watched(look(), kept=kept, after=100).presence.point == AT + 7, "a terminal was closed"
    used = Watched(look(6), kept=kept, after=100)
    assert used.presence.point == AT + 100 * SECOND_US
    silent = Watched(look(5, servers=server(0)), kept=kept, after=100)
    assert silent.see(look(5, servers=server(0)), 160).presence.point == AT + 7
    occupied = Watched(look(5, servers=server(1)), kept=kept, after=100)
    assert occupied.see(look(5), 160).presence.point == AT + 100 * SECOND_US


# --- how time splits


def test_present_is_from_the_touch_on_for_five_minutes_and_never_before() -> None:
    watched = Watched(look(0))
    watched.see(look(3 * SECOND_US), 10).see(look(3 * SECOND_US), 300)
    watched.see(look(3 * SECOND_US), 600)
    assert watched.split == (300, 300, 0)
    assert watched.parts[0] == Part(AT, present=7 * SECOND_US, absent=3 * SECOND_US)


def test_touches_that_follow_each_other_count_once() -> None:
    watched = Watched(look(0))
    for second in range(10, 610, 10):
        watched.see(look(second * SECOND_US), second)
    assert watched.split == (590, 10, 0)
    watched.see(look(600 * SECOND_US), 900)
    assert watched.split == (890, 10, 0)
    watched.see(look(600 * SECOND_US), 960)
    assert watched.split == (890, 70, 0)


def test_a_touch_while_presence_is_unknown_is_present_and_the_rest_is_unknown() -> None:
    watched = Watched(look(servers=server(1)))
    watched.see(look(activity=AT + 60 * SECOND_US, servers=server(1)), 60)
    watched.see(look(activity=AT + 60 * SECOND_US, servers=server(1)), 400)
    assert watched.split == (300, 0, 100)


def test_time_is_decided_when_servers_are_looked_at_and_unknown_back_to_the_look_before() -> None:
    watched = Watched().see(look(servers=None), 10).see(look(servers=None), 50)
    assert watched.split == (0, 0, 0)
    watched.see(look(), 60)
    assert watched.split == (0, 60, 0)
    watched.see(look(servers=None), 110).see(look(servers=server(1)), 120)
    assert watched.split == (0, 60, 60), "somebody came, and there is no telling when"
    watched.see(look(), 180)
    assert watched.split == (0, 60, 120)


def test_what_passed_before_the_first_look_is_unknown_but_for_what_was_decided_before() -> None:
    assert Watched(after=1000).split == (0, 0, 1000)
    kept = Kept(decided=900 * SECOND_US, point=AT, newest=0)
    assert Watched(kept=kept, after=1000).parts == [Part(AT + QUARTER_US, unknown=100 * SECOND_US)]


def test_time_is_parted_at_quarter_hours_of_the_wall_clock() -> None:
    watched = Watched(look(0), after=890)
    watched.parts.clear()
    watched.see(look(0), 910)
    assert watched.parts == [
        Part(AT, absent=10 * SECOND_US),
        Part(AT + QUARTER_US, absent=10 * SECOND_US),
    ]
    watched.see(look(0), 920, step=4 * QUARTER_US)
    assert watched.parts[2:] == [Part(AT + 5 * QUARTER_US, absent=10 * SECOND_US)]


def test_a_tally_has_the_quarter_hour_that_is_counted_and_those_that_are_over() -> None:
    tally = Tally().plus([Part(0, present=1), Part(0, absent=2)])
    assert tally == Tally(Part(0, 1, 2, 0))
    tally = tally.plus([Part(0, unknown=3), Part(QUARTER_US, absent=4), Part(0, absent=5)])
    assert tally == Tally(Part(0, absent=5), (Part(0, 1, 2, 3), Part(QUARTER_US, absent=4)))
    assert tally.written() == Tally(Part(0, absent=5))


# --- terminals within an editor


def typed(second: int, name: str, servers: dict[tuple[int, int], Server] | None) -> Look:
    """A terminal was used at a second; that with the name 7 is in the editor."""
    used = {name: (AT + second * SECOND_US, AT - HOUR_US)}
    return Look(used, 0, servers, within={"7": CODE})


def test_a_terminal_within_a_server_that_is_reported_is_no_sign_and_one_elsewhere_is() -> None:
    """A person who types there is reported; a program that types there looks the same."""
    watched = Watched(typed(0, "7", server(1, 0)))
    assert watched.see(typed(50, "7", server(1, 58)), 60).since == 0
    watched.see(typed(90, "7", None), 100).see(typed(110, "7", None), 120)
    assert watched.since == 0
    watched.see(typed(125, "8", None), 130)
    assert watched.since == 138, "that one is not in the editor"


def test_when_the_report_is_too_old_a_terminal_within_counts_again_from_then_on() -> None:
    servers = server(0, 0)
    watched = Watched(typed(0, "7", servers)).see(typed(0, "7", servers), 60)
    assert watched.see(typed(100, "7", servers), 110).since == 0
    assert watched.see(typed(100, "7", servers), 130).since == 0, "it was not used since"
    assert watched.see(typed(139, "7", servers), 140).since == 148


def test_what_a_program_types_in_a_reported_editor_is_not_the_newest_sign() -> None:
    watched = Watched(typed(0, "7", server(1, 0))).see(typed(0, "7", server(1, 59)), 60)
    watched.see(typed(90, "7", None)._replace(activity=AT + 80 * SECOND_US), 100)
    assert watched.presence.newest == AT + 80 * SECOND_US
