"""The case file: one Report on one A4 page as PDF, with its date and its check, to print or to lay into a folder.

It is the contact sheet (``contact_sheet.py``), with fewer moments where that makes it fit and smaller where it does not. A picture of
words: whoever needs the words themselves takes the JSON.
"""

import io

from PIL import Image

from telltale.core.report import Report
from telltale.render.canvas import GROUND
from telltale.render.contact_sheet import ENGLISH, draw_sheet
from telltale.render.formatting import Translator

A4_INCHES = (210 / 25.4, 297 / 25.4)
FEWER = (4, 3, 2)
"""How many moments are tried."""


def case_file(report: Report, stamp: str, words: Translator = ENGLISH) -> bytes:
    """The PDF. ``stamp`` says when it was checked and as what."""
    sheet = draw_sheet(report, stamp=stamp, most_evidence=FEWER[0], words=words)
    tall = round(sheet.width * A4_INCHES[1] / A4_INCHES[0])
    for most in FEWER[1:]:
        if sheet.height > tall and len(report.evidence) > most:
            sheet = draw_sheet(report, stamp=stamp, most_evidence=most, words=words)
    scale = max(1.0, sheet.height / tall)
    page = Image.new("RGB", (round(sheet.width * scale), round(tall * scale)), GROUND)
    page.paste(sheet, ((page.width - sheet.width) // 2, 0))
    written = io.BytesIO()
    title = f"{words.source_name(report.source)}: {report.headline}"
    page.save(written, "PDF", resolution=page.width / A4_INCHES[0], quality=92, title=title, subject=stamp, producer="Telltale")
    return written.getvalue()
