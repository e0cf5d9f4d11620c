"""The strength of evidence on the page: words, scale and kinds in every language, and no number where a model cannot give one."""

import re

import pytest

from space.page.result.people import render_people
from space.page.result.verdict import render_verdict
from telltale.core.report import KeptOutVerdicts, KindEvidence, Ratio, Report
from telltale.messages.catalogue import languages
from telltale.render.formatting import Translator
from tests.engine.render.test_contact_sheet import made

FOR = Ratio(value=12.3, low=3.1, high=22, strength="moderate")
AGAINST = Ratio(value=0.2, low=0.1, high=0.9, strength="weak")
NEITHER = Ratio(value=1.3, low=0.6, high=3, strength="none")


def told(ratio: Ratio, verdict: str = "cannot_tell") -> Report:
    """A Report with this strength, and rows for two kinds."""
    report = made(verdict)  # type: ignore[arg-type]
    kinds = [
        KindEvidence(kind=kind, ratio=own, power=0.54, alarms=0.09, fakes=50, reals=90)
        for kind, own in (("swap", ratio), ("animated", NEITHER))
    ]
    people = [person.model_copy(update={"ratio": ratio, "kinds": kinds}) for person in report.people]
    return report.model_copy(update={"ratio": ratio, "kinds": kinds, "people": people})


def words_of(html: str) -> str:
    """The text without its marks."""
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


def test_words_ratio_interval_and_power_are_told() -> None:
    shown = words_of(render_verdict(told(FOR), Translator()))
    assert "Moderate evidence of manipulation" in shown
    assert "about 12 times as common in manipulated faces as in untouched ones (95 % interval 3.1 : 1 to 22 : 1)." in shown
    assert "Swapped face moderate evidence · 12 : 1 in faces this compressed, 54 % of such fakes and 9 % of untouched faces show" in shown
    assert "Re-animated or lip-synced face no evidence either way · 1.3 : 1" in shown
    against = words_of(render_verdict(told(AGAINST), Translator()))
    assert "Weak evidence against manipulation" in against and "about 5 times as common in untouched faces" in against
    assert "No evidence either way" in words_of(render_verdict(told(NEITHER), Translator()))


@pytest.mark.parametrize("code", languages())
def test_every_language_says_all_of_it(code: str) -> None:
    for ratio in (FOR, AGAINST, NEITHER):
        html = render_verdict(told(ratio), Translator(code)) + render_people(told(ratio), "/", Translator(code))
        assert "{" not in words_of(html) and words_of(html)


def test_the_marks_lie_where_the_ratios_do() -> None:
    html = render_verdict(told(Ratio(value=10, low=1, high=100, strength="moderate")), Translator())
    assert 'class="tt-bar-mark" style="left:75.0%"' in html and 'class="tt-bar-band" style="left:50.0%;width:50.0%"' in html
    beyond = told(Ratio(value=0.001, low=0.001, high=1, strength="strong"))
    assert 'class="tt-bar-mark" style="left:0.0%"' in render_verdict(beyond, Translator())


def test_a_verdict_left_open_has_no_number_of_a_model_without_ratios_and_a_settled_one_has() -> None:
    left_open, settled = (words_of(render_verdict(made(verdict), Translator())) for verdict in ("cannot_tell", "likely_fake"))  # type: ignore[arg-type]
    assert "%" not in left_open and "90 %" in settled
    nobody = words_of(render_people(made("cannot_tell"), "/", Translator()))
    assert "90 %" not in nobody and "90 %" in words_of(render_people(made("likely_fake"), "/", Translator()))


def test_how_far_a_verdict_can_be_trusted_is_told_where_it_is_known() -> None:
    report = made("likely_fake")
    tested = KeptOutVerdicts(reals=88, reals_called_fake=2, fakes=111, fakes_found=20)
    known = report.model_copy(update={"model": report.model.model_copy(update={"tested": tested})})
    shown = words_of(render_verdict(known, Translator()))
    assert "On 88 untouched videos from sources it had never seen, this model called 2 likely manipulated by mistake; of 111" in shown
    assert "never seen" not in words_of(render_verdict(report, Translator()))
    nobody = known.model_copy(update={"verdict": "no_face"})
    assert "never seen" not in words_of(render_verdict(nobody, Translator()))
