"""The contact sheet: one Report drawn as one picture, to look at, to send on, to file.

From top to bottom: the verdict with its probability, every person with a timeline, the strongest moments (frame, face, evidence map),
what limits the verdict, and what was not looked at. See also: how to draw (``canvas.py``), and the pictures that a Report brings along.

    Path("clip.jpg").write_bytes(contact_sheet(check("clip.mp4", load_engine())))
"""

from PIL import Image, ImageColor

from telltale.core.report import Evidence, FaceObservation, Interval, KindEvidence, Person, Ratio, Reason, Report, Verdict
from telltale.core.text import harmless
from telltale.render.canvas import FAINT, INK, INNER, RULE, SOFT, WELL, blank, jpeg_of, length, paragraph, photograph, shape, stack, write
from telltale.render.formatting import Translator, on_scale, rounded

COLOURS: dict[Verdict, str] = {
    "likely_fake": "#b3261e",
    "no_sign_of_manipulation": "#1d6b4c",
    "cannot_tell": "#8f6100",
    "no_face": "#56606c",
}
HEAT = ("#8fb0c0", "#dba53c", "#b3261e")
"""The colours of a look with probability 0, a half, and 1."""

ENGLISH = Translator()
MOST_PEOPLE, MOST_EVIDENCE, MOST_REASONS = 8, 8, 10
"""More than these are counted, not drawn."""
SCALE_WIDTH = 300
GUTTER = 16
SQUARE = 280
FRAME_WIDTH = INNER - 2 * SQUARE - 2 * GUTTER
TIMELINE_LEFT, TIMELINE_HEIGHT = 372, 60


def contact_sheet(report: Report, stamp: str = "", words: Translator = ENGLISH) -> bytes:
    """The JPEG of ``report``, 1200 pixels wide. ``stamp`` may say when it was checked and as what."""
    return jpeg_of(draw_sheet(report, stamp=stamp, words=words))


def draw_sheet(report: Report, *, stamp: str = "", most_evidence: int = MOST_EVIDENCE, words: Translator = ENGLISH) -> Image.Image:
    """The same as a picture, with so many moments at most."""
    parts: list[tuple[int, Image.Image]] = [(0, masthead(words)), (34, verdict(report, words))]
    if report.kinds:
        parts += [(40, heading(words("kind.heading"))), *((14, kind(one, report.verdict, words)) for one in report.kinds)]
    if report.people:
        parts += [(40, heading(words("pdf.people"), words("pdf.found", n=len(report.people)) if len(report.people) > 1 else ""))]
        parts += [(14, person(one, report, words)) for one in report.people[:MOST_PEOPLE]]
        parts += [(8, axis(report, words))] if report.source.kind != "image" else []
        parts += more(len(report.people) - MOST_PEOPLE, "pdf.more_people", words)
    if report.evidence:
        parts += [
            (
                40,
                heading(
                    words("pdf.faces" if report.source.kind == "image" else "pdf.strongest"),
                    words("pdf.evidence_note"),
                ),
            )
        ]
        parts += [(18 if number else 14, evidence(one, report, words)) for number, one in enumerate(report.evidence[:most_evidence])]
        parts += more(len(report.evidence) - most_evidence, "pdf.more_evidence", words)
    if report.reasons:
        parts += [(40, heading(words("pdf.limits")))]
        parts += [(10, reason(one)) for one in report.reasons[:MOST_REASONS]]
        parts += more(len(report.reasons) - MOST_REASONS, "pdf.more_reasons", words)
    caveats = [caveat.message for caveat in report.caveats]
    parts += [(40, rule()), *((14 if number == 0 else 4, paragraph(text, 15, SOFT)) for number, text in enumerate(caveats))]
    parts += [
        (16, paragraph(imprint(report, words), 13, FAINT)),
        (2, paragraph(f"{words.sum_of(report)} {report.source.sha256}", 13, FAINT)),
    ]
    parts += [(2, paragraph(stamp, 13, FAINT))] if stamp else []
    return stack([strip for _, strip in parts], [gap for gap, _ in parts])


def masthead(words: Translator) -> Image.Image:
    """The name of the house."""
    strip = blank(30)
    write(strip, (0, 21), "Telltale", 22, weight="bold")
    write(strip, (INNER, 21), words("pdf.tagline"), 16, FAINT, anchor="right")
    return strip


def rule() -> Image.Image:
    """A thin line across."""
    strip = blank(1)
    shape(strip, (0, 0), (INNER, 1), RULE)
    return strip


def heading(text: str, aside: str = "") -> Image.Image:
    """A section's title over a thin line, with a quiet remark beside it."""
    strip = blank(42)
    width = write(strip, (0, 24), text, 22, weight="bold")
    write(strip, (width + 14, 24), aside, 15, FAINT)
    shape(strip, (0, 41), (INNER, 1), RULE)
    return strip


def verdict(report: Report, words: Translator) -> Image.Image:
    """Chip, name, explanation on the left; the probability on its scale on the right."""
    left = INNER - SCALE_WIDTH - 72 if shows_figure(report.ratio, report.fake_probability, report.verdict) else INNER
    text = paragraph(report.explanation, 19, width=left, leading=1.5)
    strip = blank(max(138 + text.height, 178))
    read = words.what_was_read(report.source)
    chip(strip, (0, 0), report.headline, report.verdict, size=26)
    write(strip, (0, 92), words.source_name(report.source), 26, weight="bold", room=left)
    write(strip, (0, 119), read[:1].upper() + read[1:], 15, SOFT, room=left)
    strip.paste(text, (0, 138))
    x = INNER - SCALE_WIDTH
    if report.ratio is not None:
        write(strip, (x, 46), words.ratio(report.ratio.value), 46, COLOURS[report.verdict], weight="bold")
        write(strip, (x, 80), words.strength(report.ratio), 16, INK, room=SCALE_WIDTH)
        ratio_scale(strip, (x, 100), SCALE_WIDTH, report.ratio, COLOURS[report.verdict])
        write(strip, (x, 136), words("strength.side_against"), 13, FAINT)
        write(strip, (INNER, 136), words("strength.side_for"), 13, FAINT, anchor="right")
        write(strip, (x, 160), words("strength.span", span=words.ratio_span(report.ratio)), 14, SOFT, room=SCALE_WIDTH)
    elif report.fake_probability is not None and left < INNER:
        figure = rounded(report.fake_probability)
        width = write(strip, (x, 52), figure, 66, COLOURS[report.verdict], weight="bold")
        write(strip, (x + width + 8, 52), "%", 36, COLOURS[report.verdict], weight="bold")
        write(strip, (x, 88), words.likelihood(report.model.calibrated), 16, SOFT)
        scale(strip, (x, 112), SCALE_WIDTH, report.fake_probability, report.interval, COLOURS[report.verdict])
        if report.interval is not None:
            write(strip, (x, 154), words("format.interval", span=words.span(report.interval)), 15, SOFT)
    return strip


def shows_figure(ratio: Ratio | None, probability: float | None, verdict: Verdict) -> bool:
    """Whether a number belongs beside a verdict: the strength of the evidence, or of a model without it a probability that settled it."""
    return ratio is not None or (probability is not None and verdict != "cannot_tell")


def kind(one: KindEvidence, verdict: Verdict, words: Translator) -> Image.Image:
    """One kind of manipulation: what was found of it on its scale, and of how many such fakes as much is found."""
    strip = blank(46)
    write(strip, (0, 18), words(f"kind.{one.kind}"), 17, weight="bold", room=TIMELINE_LEFT - 12)
    write(strip, (0, 40), words.strength(one.ratio, "kind"), 15, SOFT, room=TIMELINE_LEFT - 12)
    ratio_scale(strip, (TIMELINE_LEFT, 12), SCALE_WIDTH, one.ratio, COLOURS[verdict])
    write(strip, (TIMELINE_LEFT + SCALE_WIDTH + 24, 22), words.ratio(one.ratio.value), 17, weight="bold")
    write(strip, (TIMELINE_LEFT, 40), words.power(one), 14, FAINT, room=INNER - TIMELINE_LEFT)
    return strip


def chip(strip: Image.Image, at: tuple[int, int], text: str, kind: Verdict, size: float) -> None:
    """A verdict as white words on its colour."""
    height = round(size * 1.95)
    width = length(text, size, "bold") + size * 1.7
    shape(strip, at, (width, height), COLOURS[kind], radius=height / 2)
    write(strip, (at[0] + width / 2, at[1] + height / 2 + size * 0.35), text, size, "#ffffff", weight="bold", anchor="middle")


def ratio_scale(strip: Image.Image, at: tuple[int, int], width: int, ratio: Ratio, colour: str) -> None:
    """The same for a likelihood ratio, from 1 : 100 to 100 : 1."""
    scale(strip, at, width, on_scale(ratio.value), Interval(low=on_scale(ratio.low), high=on_scale(ratio.high)), colour)


def scale(strip: Image.Image, at: tuple[int, int], width: int, probability: float, interval: Interval | None, colour: str) -> None:
    """A line from 0 to 100 % with the interval as a band and the probability as a disc."""
    x, y = at
    shape(strip, (x, y), (width, 8), RULE, radius=4)
    if interval is not None:
        low, high = x + interval.low * width, x + interval.high * width
        shape(strip, (low, y), (max(8, high - low), 8), mix(WELL, colour, 0.45), radius=4)
    centre = x + min(max(probability * width, 8), width - 8)
    shape(strip, (centre - 10, y - 6), (20, 20), "#ffffff", radius=10)
    shape(strip, (centre - 8, y - 4), (16, 16), colour, radius=8)


def person(one: Person, report: Report, words: Translator) -> Image.Image:
    """Thumbnail, verdict, and the probability of every look over time."""
    strip = blank(76)
    photograph(strip, (0, 0), (76, 76), report.pictures[one.picture], radius=38, crop=True)
    write(strip, (94, 24), words("page.person", n=one.id), 19, weight="bold")
    write(strip, (94, 46), words(f"verdict.headline.{one.verdict}"), 15, COLOURS[one.verdict], weight="bold")
    seen = words.ratio(one.ratio.value) if one.ratio else "" if one.verdict == "cannot_tell" else words.percent(one.fake_probability)
    if report.source.kind != "image":
        seen = words("pdf.person_share", figure=seen or "–", coverage=words.share(one.frame_coverage))
    write(strip, (94, 67), seen, 15, SOFT, room=TIMELINE_LEFT - 94 - 12)
    if report.source.kind == "image" and one.ratio:
        ratio_scale(strip, (TIMELINE_LEFT, 34), INNER - TIMELINE_LEFT, one.ratio, COLOURS[one.verdict])
    elif report.source.kind == "image":
        scale(strip, (TIMELINE_LEFT, 34), INNER - TIMELINE_LEFT, one.fake_probability, one.interval, COLOURS[one.verdict])
    else:
        timeline(strip, one.observations, length_of(report))
    return strip


def timeline(strip: Image.Image, observations: list[FaceObservation], duration: float) -> None:
    """A bar for every look: where in the video it was, how high its probability."""
    left, width, base = TIMELINE_LEFT, INNER - TIMELINE_LEFT, 8 + TIMELINE_HEIGHT
    shape(strip, (left, 8), (width, TIMELINE_HEIGHT), WELL, radius=6)
    shape(strip, (left, 8 + TIMELINE_HEIGHT / 2), (width, 1), RULE)
    bar = max(3.0, min(10.0, 0.6 * width / max(1, len(observations))))
    for one in observations:
        x = left + 6 + min(one.time / duration, 1.0) * (width - 12 - bar)
        tall = 3 + one.fake_probability * (TIMELINE_HEIGHT - 9)
        shape(strip, (x, base - 3 - tall), (bar, tall), heat(one.fake_probability), radius=2)


def axis(report: Report, words: Translator) -> Image.Image:
    """The times under the timelines, and what the height of a bar means."""
    strip = blank(20)
    write(strip, (TIMELINE_LEFT, 13), words.moment(0), 13, FAINT)
    write(strip, ((TIMELINE_LEFT + INNER) / 2, 13), words("pdf.axis"), 13, FAINT, anchor="middle")
    write(strip, (INNER, 13), words.moment(length_of(report)), 13, FAINT, anchor="right")
    return strip


def length_of(report: Report) -> float:
    """Seconds that the timelines span: the whole video, or what of it was looked at where its length is not known."""
    last = max((one.time for each in report.people for one in each.observations), default=0.0)
    return max(report.source.duration or 0.0, last, 0.1)


def evidence(one: Evidence, report: Report, words: Translator) -> Image.Image:
    """One moment: its frame, the face, the face under its evidence map, all of one height."""
    strip = blank(34 + SQUARE)
    when = "" if report.source.kind == "image" else f"{words.moment(one.time)}   "
    write(strip, (0, 20), when + words("page.person", n=one.person), 17, weight="bold")
    x = 0
    for name, wide in ((one.frame, FRAME_WIDTH), (one.face, SQUARE), (one.heat_map, SQUARE)):
        photograph(strip, (x, 34), (wide, SQUARE), report.pictures[name])
        x += wide + GUTTER
    tag(strip, (12, 34 + SQUARE - 42), words.percent(one.fake_probability), heat(one.fake_probability))
    return strip


def tag(strip: Image.Image, at: tuple[int, int], text: str, colour: str) -> None:
    """A score laid over a picture: words on ink, behind a disc in the colour of the heat."""
    shape(strip, at, (length(text, 15, "bold") + 40, 30), INK, radius=15)
    shape(strip, (at[0] + 11, at[1] + 10), (10, 10), colour, radius=5)
    write(strip, (at[0] + 28, at[1] + 20), text, 15, "#ffffff", weight="bold")


def reason(one: Reason) -> Image.Image:
    """One reason; those that withheld the verdict carry its colour."""
    text = paragraph(one.message, 17, width=INNER - 26)
    strip = blank(text.height)
    shape(strip, (2, 8), (10, 10), COLOURS["cannot_tell"] if one.severity == "abstain" else FAINT, radius=5)
    strip.paste(text, (26, 0))
    return strip


def more(count: int, message_id: str, words: Translator) -> list[tuple[int, Image.Image]]:
    """A line that says how many were left out, where any were."""
    return [(10, paragraph(words(message_id, n=count), 15, SOFT))] if count > 0 else []


def imprint(report: Report, words: Translator) -> str:
    """Who looked, and where the source came from."""
    model = report.model
    looked = words(
        "pdf.model",
        model=f"{harmless(model.id)} {model.revision}",
        calibration=words("page.calibrated" if model.calibrated else "page.not_calibrated"),
        runtime=model.runtime,
        detector=model.detector,
        seconds=report.timing.total,
    )
    looked = " ".join(filter(None, (looked, words.tested(model))))
    return looked + (" " + words("pdf.source", address=harmless(report.source.url)) if report.source.url else "")


def heat(probability: float) -> str:
    """The colour of one look."""
    low, middle, high = HEAT
    return mix(low, middle, 2 * probability) if probability < 0.5 else mix(middle, high, 2 * probability - 1)


def mix(one: str, other: str, part: float) -> str:
    """A colour ``part`` of the way from one to the other."""
    pairs = zip(ImageColor.getrgb(one), ImageColor.getrgb(other), strict=True)
    return "#" + "".join(f"{round(a + (b - a) * part):02x}" for a, b in pairs)
