"""How numbers and names are put into words for people: percentages, moments, sizes, and names made harmless to print.

Used by the terminal (``telltale/cli/report_table.py``) and the contact sheet (``contact_sheet.py``). Not here: the sentences of a verdict
(``telltale/verdict/verdict.py``).
"""

import unicodedata
from collections.abc import Callable

from telltale.core.report import Interval, Source

Say = Callable[[str], str]
"""An English sentence or phrase of Telltale's own -> the same in the reader's language."""

HARMFUL = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
"""Unicode categories that steer a terminal, turn the reading direction, break a line or are no characters at all."""
JOINERS = {"\u200c", "\u200d"}
"""Format characters that real names in real scripts (and emoji) need."""


def harmless(text: str) -> str:
    """``text`` on one line without anything that a terminal would obey; what was taken out shows as a replacement character."""
    return "".join("\ufffd" if unicodedata.category(sign) in HARMFUL and sign not in JOINERS else sign for sign in text)


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
    return f"{subject}, {source.width} × {source.height}, {harmless(source.codec)}, {bytes_in_words(source.bytes_read)} read"
