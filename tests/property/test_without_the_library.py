"""What `status` does by itself because the library's way takes long to import: the same answers."""

import json
import shlex
import textwrap
import unicodedata
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.examples import examples

from codespace_tracker.cli import show
from codespace_tracker.config.zone import zone_from_name
from codespace_tracker.config.zone_database import read_zone, zone_names
from codespace_tracker.core import plain_json
from codespace_tracker.core.calendar import UTC, civil_date, day_of, month_bounds, parse_iso
from codespace_tracker.core.clock import DAY_US
from codespace_tracker.core.text import quoted
from codespace_tracker.views import wording

EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
MICROSECOND = timedelta(microseconds=1)
FIRST, LAST = datetime(2, 1, 1, tzinfo=timezone.utc), datetime(9998, 12, 1, tzinfo=timezone.utc)
AT = st.integers((FIRST - EPOCH) // MICROSECOND, (LAST - EPOCH) // MICROSECOND)
NOW = st.integers(0, 4_102_444_800_000_000)

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda values: (
        st.lists(values)
        | st.tuples(values, values)
        | st.dictionaries(st.text() | st.sampled_from(["a", "ü", '"']), values)
    ),
    max_leaves=20,
)


@given(AT)
@examples(500)
def test_dates_are_those_of_datetime(at: int) -> None:
    moment = EPOCH + timedelta(microseconds=at)
    assert civil_date(at // DAY_US) == (moment.year, moment.month, moment.day)
    assert day_of(moment.year, moment.month, moment.day) == at // DAY_US
    start = moment.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    following = (start + timedelta(days=32)).replace(day=1)
    assert month_bounds(at) == ((start - EPOCH) // MICROSECOND, (following - EPOCH) // MICROSECOND)


def test_every_day_of_four_centuries_has_the_date_of_datetime() -> None:
    first = datetime(1900, 1, 1).toordinal()
    epoch = datetime(1970, 1, 1).toordinal()
    for ordinal in range(first, first + 146_097):
        date = datetime.fromordinal(ordinal)
        assert civil_date(ordinal - epoch) == (date.year, date.month, date.day)


@pytest.mark.parametrize("name", sorted(zone_names()))
def test_local_times_are_those_of_the_library_in_every_zone(name: str) -> None:
    until = 2_000_000_000_000_000
    zone, of_library = zone_from_name(name, 0, until), read_zone(name)[0]
    moments = [1, until, *(at for at, _ in zone.offsets[-4:]), *range(7, until, until // 3)]
    for at in [one + near for one in moments for near in (-1, 1_234_567)]:
        if at < 0:
            continue
        local = (EPOCH + timedelta(microseconds=at)).astimezone(of_library)
        assert zone.iso(at) == local.isoformat(timespec="milliseconds")
        assert wording.moment(at, zone) == f"{local:%a} {local.day} {local:%b %Y %H:%M:%S}"
        assert (
            wording.moment(at, zone, seconds=False) == f"{local:%a} {local.day} {local:%b %Y %H:%M}"
        )
        assert wording.short_moment(at, zone) == f"{local:%a} {local.day} {local:%b %H:%M}"
        assert wording.day(at, zone) == f"{local.day} {local:%b %Y}"


@given(NOW, st.integers(-86_340, 86_340))
@examples(500)
def test_what_is_written_is_read_as_python_reads_it(at: int, offset: int) -> None:
    zone = UTC._replace(offsets=((0, offset // 60 * 60),))
    for text in (zone.iso(at), f"{UTC.iso(at)[:19]}Z"):
        moment = datetime.fromisoformat(text.replace("Z", "+00:00"))
        assert parse_iso(text) == (moment - EPOCH) // MICROSECOND


@given(
    st.from_regex(
        r"\A[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(Z|\.[0-9]{3}[+-][0-9]{2}:[0-9]{2})\Z"
    )
)
@examples(500)
def test_what_looks_like_a_time_is_one_only_where_python_says_so(text: str) -> None:
    try:
        moment = datetime.fromisoformat(text.replace("Z", "+00:00"))
        expected = (moment - EPOCH) // MICROSECOND
    except (ValueError, OverflowError):
        with pytest.raises((ValueError, OverflowError)):
            parse_iso(text)
    else:
        assert parse_iso(text) == expected


@given(VALUES)
@examples(300)
def test_json_is_written_as_json_writes_it(content: Any) -> None:
    assert plain_json.dumps(content) == json.dumps(content, indent=2, ensure_ascii=False)


@given(VALUES, st.sampled_from(["", " ", "\n\t\r "]), st.sampled_from([None, 1]), st.booleans())
@examples(300)
def test_json_is_read_as_json_reads_it(
    content: Any, space: str, indent: int | None, is_ascii: bool
) -> None:
    text = space + json.dumps(content, indent=indent, ensure_ascii=is_ascii) + space
    assert repr(plain_json.loads(text)) == repr(json.loads(text))
    assert repr(plain_json.loads(text, numbers_as_floats=True)) == repr(
        json.loads(text, parse_int=float)
    )
    for encoding in ("utf-8", "utf-16", "utf-32-le", "utf-8-sig"):
        encoded = text.encode(encoding, "surrogatepass")
        assert repr(plain_json.loads(encoded)) == repr(json.loads(encoded))


@given(st.text('{}[]",:0123456789.eE+-truefalsn \n\\uNaIi\x00\x1fä', max_size=12) | st.text())
@examples(1000)
def test_what_is_no_json_is_refused_as_json_refuses_it(text: str) -> None:
    try:
        expected = json.loads(text)
    except ValueError:
        with pytest.raises(ValueError, match=r"."):
            plain_json.loads(text)
    else:
        assert repr(plain_json.loads(text)) == repr(expected)


@given(
    st.text(" \t\n\v\f\r\x1c\xa0ab-ü漢", max_size=120) | st.text(max_size=80),
    st.sampled_from(["  - ", "", "  "]),
    st.sampled_from(["20", "21", "80", "120", "300"]),
)
@examples(1000)
def test_texts_are_wrapped_as_textwrap_wraps_them(text: str, head: str, columns: str) -> None:
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("COLUMNS", columns)
        found = show.hanging(head, text)
    assert found == textwrap.fill(
        text,
        min(int(columns), 120),
        initial_indent=head,
        subsequent_indent=" " * len(head),
        break_long_words=False,
        break_on_hyphens=False,
    )


@given(st.text() | st.text("ab'\" $-_/.:@ü"))
@examples(500)
def test_words_are_quoted_as_shlex_quotes_them(text: str) -> None:
    assert quoted(text) == shlex.quote(text)


@given(st.text("●○·…") | st.text())
@examples(300)
def test_the_width_of_a_text_is_that_of_its_characters(text: str) -> None:
    def of(char: str) -> int:
        if unicodedata.category(char) in ("Mn", "Me", "Cf"):
            return 0
        return 2 if unicodedata.east_asian_width(char) in "WF" else 1

    assert show.width(text) == (len(text) if text.isascii() else sum(map(of, text)))
