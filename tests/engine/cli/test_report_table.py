"""A Report in the terminal: strength of evidence and kinds fit 80 columns, and one's own probability from before is answered."""

import io

import pytest
from rich.console import Console

from telltale.cli.report_table import show
from telltale.core.report import Report
from telltale.messages.catalogue import languages
from telltale.render.formatting import Translator
from tests.engine.render.test_contact_sheet import made
from tests.space.page.test_strength import FOR, told


def printed(report: Report, code: str = "en", prior: float | None = None) -> str:
    """What 80 columns show of it."""
    out = io.StringIO()
    show(Console(file=out, width=80), report, Translator(code), prior)
    return out.getvalue()


def test_what_a_person_thought_before_becomes_what_the_evidence_makes_of_it() -> None:
    """At odds of 1 : 4 before, 12.3 : 1 makes about 3 : 1 of them."""
    assert "20 % before, this takes it to 75 %" in " ".join(printed(told(FOR), prior=0.2).split())
    assert "1 % to 11 %, of 10 % to 58 %, of 50 % to 92 %" in " ".join(printed(told(FOR)).split())


@pytest.mark.parametrize("code", languages())
def test_kinds_and_their_shares_fit_the_width(code: str) -> None:
    table = printed(told(FOR), code).split("\n\n")[1]
    assert "…" not in table and "54" in table and "9" in table and all(len(line) <= 80 for line in table.splitlines())


def test_a_verdict_left_open_has_no_number_where_no_ratio_was_measured() -> None:
    plain = made("cannot_tell")
    without = plain.model_copy(update={"people": []})
    assert "%" not in printed(without) and "90 %" in printed(made("likely_fake"))
