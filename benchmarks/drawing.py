"""The curves as an SVG: a small picture for each measure and each thing that grows, on a ground of
its own."""

from collections.abc import Callable, Sequence
from typing import NamedTuple
from xml.sax.saxutils import escape

from benchmarks.curves import Curves, Point

_GROUND, _TEXT, _DIM, _GRID = "#1e1e2e", "#cdd6f4", "#a6adc8", "#45475a"
_COLOURS = {"sessions": "#a6e3a1", "triggers": "#89b4fa"}

_WIDTH, _LEFT, _TOP = 860, 150, 64
_PANEL_WIDTH, _PANEL_HEIGHT, _GAP = 320, 96, 34
_PAD = 26  # within a panel, so that numbers beside the first and the last point have room


class Measure(NamedTuple):
    """A measure: its name, its unit, how a number is written, and where it stands in a point."""

    name: str
    unit: str
    text: Callable[[float], str]
    of: Callable[[Point], float]


MEASURES = (
    Measure("status", "ms", "{:.0f}".format, lambda point: point.status_ms),
    Measure("report, all time", "ms", "{:.0f}".format, lambda point: point.report_ms),
    Measure("a heartbeat", "µs of CPU", "{:.0f}".format, lambda point: point.heartbeat_us),
    Measure("a minute's files", "µs of CPU", "{:.0f}".format, lambda point: point.minute_us),
    Measure("private memory", "MB", "{:.1f}".format, lambda point: point.private_kib / 1024),
    Measure("the ledger", "MB", "{:.1f}".format, lambda point: point.ledger_kib / 1024),
)


def svg(curves: Curves) -> str:
    """The whole picture. Sizes stand at equal distances, values from 0."""
    height = _TOP + len(MEASURES) * (_PANEL_HEIGHT + _GAP)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}"'
        f' width="{_WIDTH}" height="{height}" role="img" aria-label="What the tracker costs by'
        ' the number of sessions and of triggers" font-family="system-ui,-apple-system,Segoe'
        ' UI,Helvetica,Arial,sans-serif" font-size="12">',
        f'<rect width="{_WIDTH}" height="{height}" rx="8" fill="{_GROUND}"/>',
    ]
    for column, grows in enumerate(curves):
        x = _LEFT + column * (_PANEL_WIDTH + _GAP)
        parts.append(text(x + _PANEL_WIDTH / 2, 34, f"number of {grows}", _COLOURS[grows], size=15))
    for line, measure in enumerate(MEASURES):
        y = _TOP + line * (_PANEL_HEIGHT + _GAP)
        parts.append(text(20, y + _PANEL_HEIGHT / 2, measure.name, _TEXT, anchor="start", size=14))
        parts.append(text(20, y + _PANEL_HEIGHT / 2 + 17, measure.unit, _DIM, anchor="start"))
        top = 1.25 * max(measure.of(point) for points in curves.values() for point in points)
        for column, (grows, points) in enumerate(curves.items()):
            x = _LEFT + column * (_PANEL_WIDTH + _GAP)
            parts += panel(x, y, points, measure, top, _COLOURS[grows])
    return "\n".join([*parts, "</svg>\n"])


def panel(
    x: float, y: float, points: Sequence[Point], measure: Measure, top: float, colour: str
) -> list[str]:
    """One curve with its numbers, in a frame whose left upper corner is at (x, y)."""
    step = (_PANEL_WIDTH - 2 * _PAD) / (len(points) - 1)
    places = [
        (x + _PAD + n * step, y + _PANEL_HEIGHT * (1 - measure.of(point) / top))
        for n, point in enumerate(points)
    ]
    floor = y + _PANEL_HEIGHT
    parts = [f'<path d="M{x} {floor}h{_PANEL_WIDTH}" stroke="{_GRID}" fill="none"/>']
    line = " ".join(f"{px:.1f},{py:.1f}" for px, py in places)
    parts.append(f'<polyline points="{line}" stroke="{colour}" stroke-width="2" fill="none"/>')
    for (px, py), point in zip(places, points, strict=True):
        parts.append(f'<circle cx="{px:.1f}" cy="{py:.1f}" r="3.5" fill="{colour}"/>')
        parts.append(text(px, py - 9, measure.text(measure.of(point)), _TEXT))
        parts.append(text(px, floor + 15, f"{point.size:,}", _DIM, size=11))
    return parts


def text(
    x: float, y: float, words: str, colour: str, *, anchor: str = "middle", size: int = 12
) -> str:
    """Some words at a place."""
    look = f'fill="{colour}" text-anchor="{anchor}" font-size="{size}"'
    return f'<text x="{x:.1f}" y="{y:.1f}" {look}>{escape(words)}</text>'
