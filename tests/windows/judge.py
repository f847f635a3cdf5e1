"""Every zone's clock changes of ten years against windows that straddle them: the standard library's zoneinfo reads
the same tz database by other code, and the rules of src/domain/window.h are written down here a second time."""
import subprocess
import sys
from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo, available_timezones

UTC = timezone.utc
FROM, YEARS = datetime(2026, 1, 1, tzinfo=UTC), 10


def changes(zone):
    """Instants at which the offset changes, to the second."""
    found, at, step = [], FROM, timedelta(hours=12)
    before = at.astimezone(zone).utcoffset()
    while at < FROM.replace(year=FROM.year + YEARS):
        after = (at + step).astimezone(zone).utcoffset()
        if after != before:
            found.append(change_between(zone, at, at + step))
        at, before = at + step, after
    return found


def change_between(zone, low, high):
    old = low.astimezone(zone).utcoffset()
    while high - low > timedelta(seconds=1):
        middle = low + timedelta(seconds=(high - low).total_seconds() // 2)
        if middle.astimezone(zone).utcoffset() == old:
            low = middle
        else:
            high = middle
    return high


def instant(zone, wall, last):
    both = [wall.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1)]
    real = [at for at in both if at.astimezone(zone).replace(tzinfo=None) == wall]
    if real:
        return max(real) if last else min(real)
    return change_between(zone, min(both), max(both))


def windows(zone, start, end, minutes, now, count):
    """start, end: minutes after midnight; minutes: a duration, then there is no end."""
    found, day, closed = [], now.astimezone(zone).replace(tzinfo=None).date() - timedelta(days=2), None
    while len(found) < count:
        midnight = datetime(day.year, day.month, day.day)
        opens = instant(zone, midnight + timedelta(minutes=start), False)
        if minutes:
            closes = opens + timedelta(minutes=minutes)
        else:
            closes = instant(zone, midnight + timedelta(minutes=end + (1440 if end <= start else 0)), True)
        opens = max(opens, closed) if closed else opens
        if opens < closes:
            closed = closes
            if closes > now:
                found.append((opens, closes))
        day += timedelta(days=1)
    return found


def cases(zone):
    for change in changes(zone):
        old = (change - timedelta(seconds=1)).astimezone(zone)
        wall = old.hour * 60 + old.minute + 1
        for before in (240, 30, 0, -20, -45):
            start = (wall - before) % 1440
            for minutes in (20, 75, 420):
                yield start, (start + minutes) % 1440, 0, change
                yield start, 0, minutes, change


def clock(minutes):
    return "%02d:%02d" % (minutes // 60, minutes % 60)


def main():
    lines, wanted, zones, count = [], [], 0, 0
    for name in sorted(available_timezones()):
        if name in ("localtime", "Factory") or name.startswith(("posix/", "right/")):
            continue
        zone, zones = ZoneInfo(name), zones + 1
        for start, end, minutes, change in cases(zone):
            now = change - timedelta(hours=36)
            lines.append("\t".join((name, clock(start), "" if minutes else clock(end),
                                    "PT%dM" % minutes if minutes else "", "FREQ=DAILY" if minutes else "",
                                    str(int(now.timestamp()) * 1000), "3")))
            wanted.append(" ".join("%d %d" % (int(o.timestamp()) * 1000, int(c.timestamp()) * 1000)
                                   for o, c in windows(zone, start, end, minutes, now, 3)))
            count += 3
    told = subprocess.run([sys.argv[1]], input="\n".join(lines) + "\n", capture_output=True, text=True, check=True)
    bad = [(line, want, got) for line, want, got in zip(lines, wanted, told.stdout.splitlines()) if want != got]
    for line, want, got in bad[:10]:
        print("%s\n  wanted %s\n  got    %s" % (line, want, got))
    print("%d zones, %d windows around clock changes, %d nights, %d differ" % (zones, len(lines), count, len(bad)))
    sys.exit(1 if bad or len(told.stdout.splitlines()) != len(lines) else 0)


main()
