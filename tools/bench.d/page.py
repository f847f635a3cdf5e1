"""The report as one HTML file: the goals, plots, every figure. No script, nothing from elsewhere."""

import json
import math
from html import escape

import plot
import report

STYLE = """
:root { color-scheme: light dark; --paper: #fcfcfa; --ink: #1d1f22; --soft: #5d636b; --rule: #dcdfe3; --ours: #2c69ae;
  --peer: #a3abb5; --missed: #b4451f; --met: #24753f; --whisker: #10151b; }
@media (prefers-color-scheme: dark) { :root { --paper: #15181c; --ink: #e6e8eb; --soft: #9aa3ad; --rule: #343a42;
  --ours: #5c9ae0; --peer: #68717c; --missed: #e4835d; --met: #6cc08b; --whisker: #f4f6f8; } }
body { margin: 0 auto; max-width: 56rem; padding: 2rem 1rem 4rem; background: var(--paper); color: var(--ink);
  font: 15px/1.5 system-ui, "DejaVu Sans", sans-serif; }
h1 { font-size: 1.6rem; margin: 0 0 .3rem; } h2 { font-size: 1.15rem; margin: 2.4rem 0 .4rem; }
p { margin: .3rem 0 .8rem; max-width: 46rem; } .soft, .small { color: var(--soft); }
.busy { border-left: 3px solid var(--missed); padding: .3rem .8rem; }
table { border-collapse: collapse; width: 100%; font-size: .87rem; font-variant-numeric: tabular-nums; }
th { text-align: left; font-weight: 600; color: var(--soft); } th.right, td.right { text-align: right; white-space: nowrap; }
th, td { padding: .28rem .7rem .28rem 0; border-bottom: 1px solid var(--rule); vertical-align: top; }
.met { color: var(--met); } .missed { color: var(--missed); font-weight: 600; }
.scroll { overflow-x: auto; } svg { display: block; width: 100%; min-width: 36rem; height: auto; }
svg text { fill: var(--ink); font-size: 13px; } svg .small { fill: var(--soft); font-size: 11.5px; }
svg .value { font-weight: 600; } rect.ours, circle.ours { fill: var(--ours); } rect.peer { fill: var(--peer); }
rect.missed { fill: var(--missed); } line { stroke: var(--rule); } line.one { stroke: var(--soft); stroke-dasharray: 4 3; }
line.goal { stroke: var(--ink); stroke-width: 2.5; } line.whisker { stroke: var(--whisker); stroke-width: 1.5; }
polyline.curve { fill: none; stroke: var(--ours); stroke-width: 2; }
"""


def _table(rows, sides):
    """The first row is its head; `sides` says l or r for each column. The last column of a goal says met or MISSED."""
    def cell(tag, text, side):
        kind = [word for word, is_so in (("right", side == "r"), (text.lower(), text in ("met", "MISSED"))) if is_so]
        return f'<{tag}{" class=" + chr(34) + " ".join(kind) + chr(34) if kind else ""}>{escape(text)}</{tag}>'

    lines = ["<tr>" + "".join(cell("td" if n else "th", *pair) for pair in zip(row, sides)) + "</tr>"
             for n, row in enumerate(rows)]
    return '<div class="scroll"><table>' + "".join(lines) + "</table></div>"


def _section(title, about, svg):
    return f'<h2>{escape(title)}</h2><p class="soft">{escape(about)}</p><div class="scroll">{svg}</div>'


def _bar(row):
    goal = row["goal"] if row["goal"] and row["goal"]["of"] == "ratio" else None
    return (row["text"], row["ratio"]["median"], row["ratio"]["q1"], row["ratio"]["q3"], goal and goal["goal"],
            goal and goal["sign"], bool(goal and not goal["is_met"]))


def _ratios(rows):
    found = [_bar(row) for row in rows if "ratio" in row and row["peer_name"] in ("nginx", "constant", "nginx, no hash")
             and row["unit"] in ("s/GB", "us", "B") and row["name"] != "binary"]
    return found and _section("Ours divided by nginx, at the same work", "Shorter is better. Dashed: both are equal. Upright "
                              "mark: the goal. Thin line: quartiles of the rounds. Red: above its goal.",
                              plot.ratios("ours divided by nginx", found))


def _sizes(by_name):
    cost = [(1000, by_name.get("poll-cpu")), (100000, by_name.get("poll-fleet")), (1000000, by_name.get("poll-million"))]
    points = [(math.log10(size), *(row["ours"][key] for key in ("median", "q1", "q3"))) for size, row in cost if row]
    names = [(math.log10(size), f"{size:,}") for size, row in cost if row]
    peer = by_name.get("poll-cpu")
    return len(points) > 1 and _section(
        "CPU of a poll by the size of the fleet", "Microseconds of the server; ten rollouts are running. The dashed line is nginx "
        "answering a constant of the same size.",
        plot.curve("CPU of a poll by the size of the fleet", points, names, "us", peer and (peer["peer"]["median"], "nginx")))


def _pages(rows):
    found = [(row["text"].split(", 1,")[0], row["ours"]["median"], row["peer"]["median"]) for row in rows
             if row["name"].startswith("page-")]
    return found and _section("What the web page asks", "Milliseconds until the answer, by powers of ten. Blue: 1,000,000 devices; grey: 1,000.",
                              plot.pairs("what the web page asks", found))


def _soak(path):
    if not path:
        return ""
    with open(path) as file:
        soak = json.load(file)
    points = [(s["at_s"] / 60, *[s["own_kb"] / 1024] * 3) for s in soak["samples"]]
    return _section(
        f"Memory over {soak['minutes']} minutes at work",
        f"MiB of its own, without files it maps; {soak['devices']} machines, {soak['releases']} releases, {len(soak['errors'])}"
        f" errors; {soak['slope_kb_h']:+.0f} kB an hour over the second half.",
        plot.curve("memory of a soak", points, [(x, f"{x:.0f} min") for x, *_ in points[::max(1, len(points) // 6)]], "MiB"))


def _goals(results):
    rows = [report.goal_cells(row) for row in results.rows if row["goal"]]
    return (f"<h2>Goals: {len(rows) - len(results.missed())} of {len(rows)} met</h2>"
            + _table([("goal", "at", "reached", "")] + rows, "lrrl")) if rows else ""


def write(path, results, soak=None):
    by_name = {row["name"]: row for row in results.rows}
    busy = ('<p class="busy">The machine was busy with something else meanwhile: these figures are no verdict.</p>'
            if results.is_busy() else "")
    parts = ["<h1>What Nightshift costs</h1>", f'<p class="soft">{escape(results.head["at"])}. {escape(results.about())}</p>',
             busy, _goals(results), _ratios(results.rows), _sizes(by_name), _pages(results.rows), _soak(soak), "<h2>Every figure</h2>",
             _table([("figure", "ours", "peer", "is", "ours / peer [quartiles]")]
                    + [report.figure_cells(row) for row in results.rows], "lrrll")]
    with open(path, "w") as file:
        file.write('<!doctype html><html lang="en"><head><meta charset="utf-8"><title>What Nightshift costs</title>'
                   '<meta name="viewport" content="width=device-width, initial-scale=1">'
                   f"<style>{STYLE}</style></head><body>{''.join(part for part in parts if part)}</body></html>\n")
