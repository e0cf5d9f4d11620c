"""How one language writes messages and figures: shares, intervals, times, sizes, dates.

    Translator("de").percent(0.87)

Used by the terminal, the contact sheet and the page. See also: the messages themselves (``telltale/messages/catalogue.py``).
"""

from datetime import UTC, datetime
from math import log10

from telltale.core.report import Interval, KindEvidence, ModelCard, Ratio, Report, Source
from telltale.core.text import harmless
from telltale.messages.catalogue import ENGLISH, Params, languages, render

PRIORS = (0.01, 0.1, 0.5)
"""Probabilities from before a check that are told as examples."""


class Translator:
    """One language by its code; English where the catalogue has no such language. Call it with an id and parameters for a message."""

    def __init__(self, language: str = ENGLISH) -> None:
        self.language = language if language in languages() else ENGLISH

    def __call__(self, message_id: str, **params: "str | int | float | datetime") -> str:
        """The message. Raises KeyError for an id that is unknown, or a parameter that is absent."""
        return render(message_id, params, self.language)

    def stored(self, message_id: str, params: Params, otherwise: str) -> str:
        """A message that was stored or sent by any version; ``otherwise`` where this one does not know it."""
        return render(message_id, params, self.language, otherwise=otherwise)

    def percent(self, probability: float) -> str:
        """A probability as a whole percentage; never a flat 0 or 100, which no measurement gives."""
        return self("format.percent", number=rounded(probability))

    def share(self, part: float) -> str:
        """A counted part of a whole, which may well be all of it."""
        return self("format.percent", number=str(round(100 * part)))

    def span(self, interval: Interval) -> str:
        """A 95 % interval: ``91 to 98 %``."""
        low, high = rounded(interval.low), rounded(interval.high)
        return self("format.percent", number=low if low == high else self("format.span", low=low, high=high))

    def ratio(self, value: float) -> str:
        """A likelihood ratio: ``8 : 1``, or ``1 : 8`` where it speaks the other way; two digits of it mean something."""
        more = two_digits(max(value, 1 / value))
        return self("format.ratio", more=more if value >= 1 else 1, fewer=1 if value >= 1 else more)

    def ratio_span(self, ratio: Ratio) -> str:
        """Its 95 % interval: ``3 : 1 to 20 : 1``."""
        low, high = self.ratio(ratio.low), self.ratio(ratio.high)
        return low if low == high else self("format.ratio_span", low=low, high=high)

    def strength(self, ratio: Ratio, of: str = "strength") -> str:
        """The strength of the evidence in words; ``of``: "strength", of any manipulation, or "kind", of one kind."""
        return self(f"{of}.none" if ratio.strength == "none" else f"{of}.{'for' if ratio.value > 1 else 'against'}.{ratio.strength}")

    def times(self, ratio: Ratio) -> str:
        """A sentence on how much more often what was seen is met on one side than on the other."""
        if ratio.strength == "none":
            return self("strength.times_even")
        return self(f"strength.times_{'for' if ratio.value > 1 else 'against'}", ratio=two_digits(max(ratio.value, 1 / ratio.value)))

    def changes(self, ratio: Ratio) -> str:
        """What the evidence would make of three probabilities from before the check."""
        low, middle, high = (self.percent(posterior(prior, ratio.value)) for prior in PRIORS)
        return self("strength.changes", low=low, middle=middle, high=high)

    def posterior(self, prior: float, ratio: Ratio) -> str:
        """What the evidence makes of one probability from before the check."""
        return self("strength.posterior", prior=self.percent(prior), posterior=self.percent(posterior(prior, ratio.value)))

    def power(self, kind: KindEvidence) -> str:
        """How many fakes of this kind show evidence in faces like this one, and how many untouched faces do."""
        return self("kind.power", share=self.share(kind.power), alarms=self.share(kind.alarms))

    def tested(self, model: ModelCard) -> str:
        """How often the model was right on videos of sources that it had never seen; nothing where that is not known."""
        return "" if model.tested is None else self("verdict.tested", **model.tested.model_dump())

    def likelihood(self, calibrated: bool) -> str:
        """What the figure of a verdict is: only a calibrated one is a probability."""
        return self("format.probability" if calibrated else "format.score")

    def moment(self, seconds: float) -> str:
        """A time in a video, to a tenth of a second: ``0:04.2``, ``1:02:04.2``."""
        tenths = round(10 * seconds)
        minutes, rest = divmod(tenths, 600)
        hours, minutes = divmod(minutes, 60)
        clock = f"{hours}:{minutes:02d}" if hours else f"{minutes}"
        return self("format.moment", clock=clock, tens=str(rest // 100), seconds=rest % 100 / 10)

    def seconds(self, value: float) -> str:
        """How long something took."""
        return self("format.seconds", number=value)

    def bytes(self, count: int) -> str:
        """A number of bytes with a decimal unit."""
        for unit, size in (("gigabytes", 10**9), ("megabytes", 10**6), ("kilobytes", 10**3)):
            if count >= size:
                return self(f"format.{unit}", number=count / size)
        return self("format.bytes", number=count)

    def long_time(self, hours: float) -> str:
        """``168`` -> "7 days", ``36`` -> "36 hours", ``0.5`` -> "30 minutes"."""
        if hours >= 48 and hours % 24 == 0:
            return self("format.days", number=hours / 24)
        return self("format.hours", number=hours) if hours >= 1 else self("format.minutes", number=hours * 60)

    def day(self, at: float) -> str:
        """The day of Unix seconds, in UTC."""
        return self("format.day", at=datetime.fromtimestamp(at, UTC).replace(tzinfo=None))

    def sum_of(self, report: Report) -> str:
        """What the Report's SHA-256 is the sum of: the file, or what was read of it."""
        source = report.source
        part = source.sampled or report.provenance.code in ("not_checked.parts", "not_checked.joined")
        return self("format.sha256", of="frames" if source.kind == "frames" else "parts" if part else "file")

    def date(self, stamp: str) -> str:
        """An ISO 8601 time in words; whatever is none stays as it is."""
        try:
            at = datetime.fromisoformat(stamp)
        except ValueError:
            return stamp
        zone = "" if at.tzinfo is None else at.tzname() or ""
        return self("format.date", at=at.replace(tzinfo=None), zone=zone).strip()

    def source_name(self, source: Source) -> str:
        """What was checked, by its name; in general words where its name is its sender's alone."""
        return harmless(source.name) or self("format.unnamed", kind=source.kind)

    def what_was_read(self, source: Source) -> str:
        """What was looked at, on one line: ``32 frames of a 12.4 s video, 1280 × 720, h264, 1.2 MB read``."""
        size: Params = {
            "width": source.width,
            "height": source.height,
            "codec": harmless(source.codec),
            "read": self.bytes(source.bytes_read),
        }
        if source.kind == "image":
            read = self("format.read_picture", **size)
        elif source.duration:
            read = self("format.read_video", frames=source.frames_read, seconds=source.duration, **size)
        else:
            read = self("format.read_video_of_unknown_length", frames=source.frames_read, **size)
        return self("format.read_track", read=read, track=source.track, tracks=source.tracks) if source.tracks > 1 else read


def posterior(prior: float, ratio: float) -> float:
    """The probability after the check of one before it, 0..1: odds times the likelihood ratio."""
    odds = prior / (1 - prior) * ratio
    return odds / (1 + odds)


def on_scale(ratio: float) -> float:
    """Where a likelihood ratio lies on a logarithmic scale from 1 : 100, 0, to 100 : 1, 1."""
    return min(max(0.5 + log10(ratio) / 4, 0.0), 1.0)


def two_digits(number: float) -> int | float:
    """Two significant digits of a number, whole from 10 on."""
    return round(number) if number >= 10 else round(number, 1)


def rounded(probability: float) -> str:
    """A probability as the whole number of a percentage."""
    whole = round(100 * probability)
    return "< 1" if whole < 1 else "> 99" if whole > 99 else str(whole)
