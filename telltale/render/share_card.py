"""The share card: what a link to a Report previews as, 1200 by 630 pixels. Verdict, strength and date; no face, no frame, no file's name.

See also: the whole Report as one picture (``contact_sheet.py``), and the words that go with the card (``space/page/preview.py``).
"""

from PIL import Image

from telltale.core.report import Report
from telltale.core.text import harmless
from telltale.render.canvas import FAINT, GROUND, INK, RULE, SOFT, jpeg_of, paragraph, shape, write
from telltale.render.contact_sheet import COLOURS, ENGLISH, chip, scale
from telltale.render.formatting import Translator

CARD = (1200, 630)
EDGE = 72
INSIDE = CARD[0] - 2 * EDGE


def share_card(report: Report, day: str, words: Translator = ENGLISH) -> bytes:
    """The JPEG of a Report. ``day`` says when it was checked."""
    card = ground(COLOURS[report.verdict], words)
    chip(card, (EDGE, 150), report.headline, report.verdict, size=44)
    text = paragraph(report.explanation, 30, width=INSIDE, leading=1.4)
    card.paste(text.crop((0, 0, text.width, min(text.height, 132))), (EDGE, 270))
    if report.fake_probability is not None and report.verdict != "cannot_tell":
        told = f"{words.percent(report.fake_probability)}  {words.likelihood(report.model.calibrated)}"
        write(card, (EDGE, 450), told, 28, SOFT)
        scale(card, (EDGE, 474), INSIDE, report.fake_probability, report.interval, COLOURS[report.verdict])
    model = f"{harmless(report.model.id)} {report.model.revision}"
    foot(card, words("share.foot", day=day, model=model))
    return jpeg_of(card)


def start_card(words: Translator = ENGLISH) -> bytes:
    """The JPEG of the start page: what Telltale is for."""
    card = ground(INK, words)
    write(card, (EDGE, 290), words("page.tagline"), 64, weight="bold", room=INSIDE)
    card.paste(paragraph(words("page.lead"), 30, SOFT, width=INSIDE, leading=1.4), (EDGE, 330))
    return jpeg_of(card)


def ground(colour: str, words: Translator) -> Image.Image:
    """The empty card with its edge of one colour and the name of the house."""
    card = Image.new("RGB", CARD, GROUND)
    shape(card, (0, 0), (14, CARD[1]), colour)
    width = write(card, (EDGE, 98), "Telltale", 36, weight="bold")
    write(card, (EDGE + width + 18, 98), words("pdf.tagline"), 24, FAINT)
    return card


def foot(card: Image.Image, text: str) -> None:
    """A thin line with a quiet one below it."""
    shape(card, (EDGE, 540), (INSIDE, 1), RULE)
    write(card, (EDGE, 580), text, 22, FAINT, room=INSIDE)
