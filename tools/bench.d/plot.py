"""Plots as SVG text: bars with whiskers, lines. Colours come from the page's style, so that they fit light and dark."""

import math
from html import escape

WIDTH, LABEL, ROW, RIGHT = 860, 390, 26, 90


def _text(x, y, text, kind="", anchor="start"):
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" class="{kind}">{escape(text)}</text>'


def _line(x1, y1, x2, y2, kind):
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" class="{kind}"/>'


def _svg(height, title, parts):
    return (f'<svg viewBox="0 0 {WIDTH} {height:.0f}" role="img" aria-label="{escape(title, True)}">'
            + "".join(parts) + "</svg>")


def _round_steps(most):
    """About five marks from 0, at round numbers."""
    step = 10.0 ** -6
    while most / step > 6:
        step *= 2.5 if f"{step:e}"[0] == "2" else 2
    return [step * n for n in range(int(most / step) + 1)]


def _mark(value):
    return f"{value:,.0f}" if value >= 10 or value == int(value) else f"{value:g}"


def ratios(title, rows, at=1.0):
    """Bars of (label, median, q1, q3, goal or None, its sign, is_missed); a line where both are equal."""
    most = max([at, *(row[3] for row in rows), *(row[4] or 0 for row in rows)]) * 1.05
    height, scale = len(rows) * ROW + 46, (WIDTH - LABEL - RIGHT) / most
    bottom, parts = len(rows) * ROW + 12, []
    for mark in _round_steps(most):
        parts += [_line(LABEL + mark * scale, 6, LABEL + mark * scale, bottom, "grid"),
                  _text(LABEL + mark * scale, bottom + 18, f"{mark:g}", "small", "middle")]
    for n, (label, median, q1, q3, goal, _, is_missed) in enumerate(rows):
        y, end = 10 + n * ROW, LABEL + median * scale
        parts += [_text(LABEL - 10, y + 15, label, "", "end"),
                  f'<rect x="{LABEL}" y="{y + 3}" width="{median * scale:.1f}" height="{ROW - 10}" rx="2" '
                  f'class="{"missed" if is_missed else "ours"}"/>',
                  _line(LABEL + q1 * scale, y + 11, LABEL + q3 * scale, y + 11, "whisker"),
                  _text(max(end, LABEL + q3 * scale, LABEL + (goal or 0) * scale) + 8, y + 15, f"{median:.2f}", "value")]
        if goal is not None:
            parts.append(_line(LABEL + goal * scale, y - 1, LABEL + goal * scale, y + ROW - 4, "goal"))
    parts.append(_line(LABEL + at * scale, 6, LABEL + at * scale, bottom, "one"))
    return _svg(height, title, parts)


def pairs(title, rows):
    """Two bars each of (label, ours, peer), by powers of ten from 0.1."""
    decades = max(1, math.ceil(math.log10(max(max(ours, peer) for _, ours, peer in rows))) + 1)
    tall, step = ROW + 8, (WIDTH - LABEL - RIGHT) / decades
    bottom, parts = len(rows) * tall + 12, []
    for n in range(decades + 1):
        parts += [_line(LABEL + n * step, 6, LABEL + n * step, bottom, "grid"),
                  _text(LABEL + n * step, bottom + 18, f"{10.0 ** (n - 1):,g}", "small", "middle")]
    for n, (label, ours, peer) in enumerate(rows):
        y = 10 + n * tall
        parts.append(_text(LABEL - 10, y + 17, label, "", "end"))
        for at, value, kind in ((y + 1, ours, "ours"), (y + 14, peer, "peer")):
            width = max(0.0, math.log10(max(value, 0.1)) + 1) * step
            parts += [f'<rect x="{LABEL}" y="{at}" width="{max(width, 1):.1f}" height="11" rx="2" class="{kind}"/>',
                      _text(LABEL + width + 8, at + 10, f"{value:,.1f}", "small")]
    return _svg(bottom + 28, title, parts)


def curve(title, points, names, unit, level=None):
    """A line through (x, median, q1, q3), at even distances; `names` stand below. `level` is (value, text)."""
    left, right, top, bottom = 70, WIDTH - 150, 16, 230
    most = max([q3 for _, _, _, q3 in points] + ([level[0]] if level else [])) * 1.15
    least_x, most_x = points[0][0], points[-1][0]

    def at(x, value):
        return left + (x - least_x) / ((most_x - least_x) or 1) * (right - left), bottom - value / most * (bottom - top)

    parts = []
    for mark in _round_steps(most):
        y = at(least_x, mark)[1]
        parts += [_line(left, y, right, y, "grid"), _text(left - 8, y + 4, f"{_mark(mark)} {unit}", "small", "end")]
    if level:
        y = at(least_x, level[0])[1]
        parts += [_line(left, y, right, y, "one"), _text(right + 8, y + 4, level[1], "small")]
    parts.append('<polyline class="curve" points="'
                 + " ".join("{:.1f},{:.1f}".format(*at(x, median)) for x, median, _, _ in points) + '"/>')
    if len(points) < 10:
        for x, median, q1, q3 in points:
            (cx, cy), (_, y1), (_, y3) = at(x, median), at(x, q1), at(x, q3)
            parts += [_line(cx, y1, cx, y3, "whisker"), f'<circle cx="{cx:.1f}" cy="{cy:.1f}" r="4" class="ours"/>',
                      _text(cx + 8, cy - 8, f"{median:,.1f}", "value")]
    for x, name in names:
        parts.append(_text(at(x, 0)[0], bottom + 20, name, "small", "middle"))
    return _svg(bottom + 32, title, parts)
