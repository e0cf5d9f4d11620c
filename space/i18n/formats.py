"""How one language writes figures: shares, intervals, times, sizes, dates. The defaults are English; ``tongues/*.json`` has the others'.

The terminal writes them as ``telltale.render.formatting`` does; in English both are the same. See also: sentences (``messages.py``).
"""

from dataclasses import dataclass
from datetime import datetime

from telltale.core.report import Interval
from telltale.render import formatting


@dataclass(frozen=True, kw_only=True)
class Figures:
    """The marks and units of a language. A no-break space stands before a unit where the language wants one."""

    DECIMAL_MARK: str = "."
    PERCENT: str = "{number} %"
    SPAN: str = "{low} to {high}"
    GIGABYTES: str = "{number} GB"
    MEGABYTES: str = "{number} MB"
    KILOBYTES: str = "{number} kB"
    BYTES: str = "{number} bytes"
    SECONDS: str = "{number} s"
    DAY: str = "1 day"
    DAYS: str = "{number} days"
    HOUR: str = "1 hour"
    HOURS: str = "{number} hours"
    MINUTE: str = "1 minute"
    MINUTES: str = "{number} minutes"
    DATE: str = "{day} {month} {year}, {clock} {zone}"
    MONTHS: str = "January February March April May June July August September October November December"

    def number(self, value: float, digits: int = 0) -> str:
        """A number with so many digits behind the mark."""
        return f"{value:.{digits}f}".replace(".", self.DECIMAL_MARK)

    def percent(self, probability: float) -> str:
        """A probability as a whole percentage; never a flat 0 or 100, which no measurement gives."""
        return self.PERCENT.format(number=formatting.percent(probability).removesuffix(" %"))

    def share(self, part: float) -> str:
        """A counted part of a whole, which may well be all of it."""
        return self.PERCENT.format(number=round(100 * part))

    def span(self, interval: Interval) -> str:
        """A 95 % interval in words: ``91 to 98 %``."""
        low, high = (formatting.percent(edge).removesuffix(" %") for edge in (interval.low, interval.high))
        return self.PERCENT.format(number=low if low == high else self.SPAN.format(low=low, high=high))

    def moment(self, seconds: float) -> str:
        """A time in a video, to a tenth of a second: ``0:04.2``."""
        return formatting.moment(seconds).replace(".", self.DECIMAL_MARK)

    def seconds(self, value: float) -> str:
        """How long something took."""
        return self.SECONDS.format(number=self.number(value, 1))

    def bytes(self, count: int) -> str:
        """A number of bytes with a decimal unit."""
        for unit, size in ((self.GIGABYTES, 10**9), (self.MEGABYTES, 10**6), (self.KILOBYTES, 10**3)):
            if count >= size:
                return unit.format(number=self.number(count / size, 1))
        return self.BYTES.format(number=count)

    def long_time(self, hours: float) -> str:
        """``168`` -> "7 days", ``36`` -> "36 hours", ``0.5`` -> "30 minutes"."""
        if hours >= 48 and hours % 24 == 0:
            count, one, many = hours / 24, self.DAY, self.DAYS
        elif hours >= 1:
            count, one, many = hours, self.HOUR, self.HOURS
        else:
            count, one, many = hours * 60, self.MINUTE, self.MINUTES
        return one if count == 1 else many.format(number=f"{count:.3g}".replace(".", self.DECIMAL_MARK))

    def date(self, stamp: str) -> str:
        """An ISO 8601 time in words; whatever is none stays as it is."""
        try:
            at = datetime.fromisoformat(stamp)
        except ValueError:
            return stamp
        zone = "" if at.tzinfo is None else at.tzname() or ""
        month = self.MONTHS.split()[at.month - 1]
        return self.DATE.format(day=at.day, month=month, year=at.year, clock=f"{at:%H:%M}", zone=zone).strip()
