"""Hours of SEMANTICS.md, read aloud: when a reminder may leave, minute by minute on the clock of whoever gets it.

Zones are Python's zoneinfo, which takes nothing from the ICU that the engine asks. All of them differ from UTC by whole
minutes in the years that the files are about, so a minute of Unix time is a minute on every wall.
"""
import re
from datetime import datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from figures import DAY, MINUTE
from hits import hit

DAYS = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]
MINUTES_OF_DAY, MINUTES_OF_WEEK = 24 * 60, 7 * 24 * 60
LOOKED_AHEAD_MAX = 15 * DAY // MINUTE


def week_minutes(text):
    """The minutes of a week from Monday 00:00 on that "21:00-08:00" or "Mon-Fri 18:00-22:00, Sun" name."""
    named = set()
    for entry in filter(None, (part.strip() for part in text.split(","))):
        first, last, begin, end = re.fullmatch(r"(?:([A-Z][a-z]{2})(?:-([A-Z][a-z]{2}))?)? *(?:(\d\d:\d\d)-(\d\d:\d\d))?", entry).groups()
        day, days = (DAYS.index(first), (DAYS.index(last or first) - DAYS.index(first)) % 7 + 1) if first else (0, 7)
        begin, end = (clock(begin), clock(end)) if begin else (0, MINUTES_OF_DAY)
        length = end - begin if end > begin else end - begin + MINUTES_OF_DAY
        for d in range(day, day + days):
            named.update((d * MINUTES_OF_DAY + begin + m) % MINUTES_OF_WEEK for m in range(length))
    return named


def clock(text):
    return int(text[:2]) * 60 + int(text[3:])


def on_the_wall(zone, minute):
    return datetime.fromtimestamp(minute * 60, ZoneInfo(zone))


@lru_cache(200_000)
def of_the_week(zone, minute):
    wall = on_the_wall(zone, minute)
    return wall.weekday() * MINUTES_OF_DAY + wall.hour * 60 + wall.minute


@lru_cache(200_000)
def comes_twice(zone, minute):
    """Whether this wall shows this minute again, or has shown it."""
    wall = on_the_wall(zone, minute)
    return wall.replace(fold=0).utcoffset() > wall.replace(fold=1).utcoffset()


class Hours:
    def __init__(self, quiet, peak, spread):
        self.given = bool(quiet or peak)
        self.quiet, self.spread = week_minutes(quiet), spread
        self.peak = week_minutes(peak) if peak else None

    def ever(self):
        return any(m not in self.quiet and (self.peak is None or m in self.peak) for m in range(MINUTES_OF_WEEK))

    def is_quiet(self, zone, minute):
        if not comes_twice(zone, minute):
            return of_the_week(zone, minute) in self.quiet
        begun = any(of_the_week(zone, m) in self.quiet for m in self.doubled(zone, minute, -1))
        goes_on = any(of_the_week(zone, m) in self.quiet for m in self.doubled(zone, minute, 1))
        if begun and goes_on:
            if of_the_week(zone, minute) in self.quiet:
                hit("hours: quiet in an hour that comes twice")
            else:
                hit("hours: quiet between two passings")
        return begun and goes_on

    def doubled(self, zone, minute, way):
        """This minute and those before or behind it that come twice."""
        while comes_twice(zone, minute):
            yield minute
            minute += way

    def may_leave(self, zone, minute):
        return not self.is_quiet(zone, minute) and (self.peak is None or of_the_week(zone, minute) in self.peak)

    def leaves(self, zone, tick, number):
        """When what comes up at this tick may leave; `number` picks its share of the spread."""
        minute = tick // MINUTE
        if self.may_leave(zone, minute):
            return tick
        last = minute + LOOKED_AHEAD_MAX
        while not self.may_leave(zone, minute):
            minute += 1
            assert minute < last, f"no hours in {zone} from {tick} on"
        seconds = self.spread // 1000
        for open_seconds in range(60, seconds + 60, 60):
            if not self.may_leave(zone, minute + open_seconds // 60):
                if open_seconds <= seconds:
                    hit("hours: shorter than the spread")
                seconds = min(seconds, open_seconds - 1)
                break
        return minute * MINUTE + number % (seconds + 1) * 1000
