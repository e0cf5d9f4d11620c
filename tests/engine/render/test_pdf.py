"""The case file: one page of A4, whatever is on it."""

import io
import re

import numpy as np
from PIL import Image

from telltale.render.pdf import case_file
from tests.engine.render.test_contact_sheet import made

STAMP = "Checked on 2026-01-02 at 03:04 UTC; check abc."


def page_of(pdf: bytes) -> Image.Image:
    """The one picture that the page consists of."""
    assert pdf.startswith(b"%PDF-") and len(re.findall(rb"/Type /Page\b", pdf)) == 1
    width, height = (float(side) for side in re.findall(rb"/MediaBox \[ 0 0 ([\d.]+) ([\d.]+) \]", pdf)[0])
    assert abs(width - 595.28) < 0.5 and abs(height - 841.89) < 0.8, "A4 in points"
    start, end = pdf.index(b"\xff\xd8\xff"), pdf.rindex(b"\xff\xd9") + 2
    return Image.open(io.BytesIO(pdf[start:end])).convert("RGB")


def test_a_short_report_keeps_its_size() -> None:
    page = page_of(case_file(made("likely_fake"), STAMP))
    assert page.width == 1200 and abs(page.height / page.width - 297 / 210) < 0.01


def test_a_long_report_shrinks_until_it_fits() -> None:
    report = made("likely_fake", people=8)
    report = report.model_copy(update={"evidence": [report.evidence[0]] * 4})
    page = page_of(case_file(report, STAMP))
    assert page.width > 1200 and abs(page.height / page.width - 297 / 210) < 0.01
    pixels = np.asarray(page).astype(int)
    inked = np.abs(pixels - pixels[2, 2]).max(axis=2) > 60
    rows = np.flatnonzero(inked.any(axis=1))
    assert rows[-1] < page.height - 30, "nothing is cut off"
