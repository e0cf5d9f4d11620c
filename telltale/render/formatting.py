"""How numbers and names are put into words for people: percentages, moments, sizes.

Used by the terminal (``telltale/cli/report_table.py``) and the contact sheet (``contact_sheet.py``). See also: the sentences of a verdict
(``telltale/verdict/verdict.py``).
"""

from telltale.core.report import Interval, Source
from telltale.core.text import harmless


def percent(probability: float) -> str:
    """A probability as a whole percentage; never a flat 0 or 100, which no measurement gives."""
    whole = round(100 * probability)
    return "< 1 %" if whole < 1 else "> 99 %" if whole > 99 else f"{whole} %"


def share(part: float) -> str:
    """A counted part of a whole, which may well be all of it."""
    return f"{round(100 * part)} %"


def likelihood(calibrated: bool) -> str:
    """What the figure of a verdict is: only a calibrated one is a probability."""
    return "probability of manipulation" if calibrated else "score, not a calibrated probability"


def span(interval: Interval) -> str:
    """A 95 % interval in words: ``91 to 98 %``."""
    low, high = percent(interval.low), percent(interval.high)
    return low if low == high else f"{low.removesuffix(' %')} to {high}"


def moment(seconds: float) -> str:
    """A time in a video, to a tenth of a second: ``0:04.2``, ``1:02:04.2``."""
    tenths = round(10 * seconds)
    minutes, rest = divmod(tenths, 600)
    hours, minutes = divmod(minutes, 60)
    clock = f"{hours}:{minutes:02d}" if hours else f"{minutes}"
    return f"{clock}:{rest // 10:02d}.{rest % 10}"


def bytes_in_words(count: int) -> str:
    """A number of bytes with a decimal unit."""
    for unit, size in (("GB", 10**9), ("MB", 10**6), ("kB", 10**3)):
        if count >= size:
            return f"{count / size:.1f} {unit}"
    return f"{count} bytes"


def what_was_read(source: Source) -> str:
    """What was looked at, on one line: ``32 frames of a 12.4 s video, 1280 × 720, h264, 1.2 MB read``."""
    if source.kind == "image":
        subject = "a picture"
    else:
        frames = "1 frame" if source.frames_read == 1 else f"{source.frames_read} frames"
        subject = f"{frames} of a {source.duration:.1f} s video" if source.duration else f"{frames} of a video"
    if source.tracks > 1:
        subject += f", video track {source.track} of {source.tracks}"
    return f"{subject}, {source.width} × {source.height}, {harmless(source.codec)}, {bytes_in_words(source.bytes_read)} read"
