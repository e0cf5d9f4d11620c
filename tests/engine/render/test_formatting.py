"""Figures as each language writes them, and a Report in another language."""

from typing import Any

import pytest

from telltale.core.report import Claim, Interval, Provenance, Ratio, Reason
from telltale.messages.catalogue import languages
from telltale.render.formatting import Translator
from telltale.render.localize import localized
from tests.engine.render.test_contact_sheet import made

FIGURES: list[tuple[str, tuple[Any, ...], dict[str, str]]] = [
    ("percent", (0.004,), {"en": "< 1 %", "de": "< 1\u202f%", "fr": "< 1\u202f%"}),
    ("percent", (0.999,), {"en": "> 99 %", "de": "> 99\u202f%", "fr": "> 99\u202f%"}),
    ("share", (1.0,), {"en": "100 %", "de": "100\u202f%", "fr": "100\u202f%"}),
    ("span", (Interval(low=0.91, high=0.98),), {"en": "91 to 98 %", "de": "91 bis 98\u202f%", "fr": "91 à 98\u202f%"}),
    ("span", (Interval(low=0.91, high=0.912),), {"en": "91 %", "de": "91\u202f%", "fr": "91\u202f%"}),
    ("ratio", (12.3,), {"en": "12\u00a0:\u00a01", "de": "12\u00a0:\u00a01", "fr": "12\u00a0:\u00a01"}),
    ("ratio", (0.121,), {"en": "1\u00a0:\u00a08.3", "de": "1\u00a0:\u00a08,3", "fr": "1\u00a0:\u00a08,3"}),
    (
        "ratio_span",
        (Ratio(value=2, low=0.5, high=1000, strength="weak"),),
        {
            "en": "1\u00a0:\u00a02 to 1,000\u00a0:\u00a01",
            "de": "1\u00a0:\u00a02 bis 1.000\u00a0:\u00a01",
            "fr": "de 1\u00a0:\u00a02 à 1\u202f000\u00a0:\u00a01",
        },
    ),
    ("moment", (4.23,), {"en": "0:04.2", "de": "0:04,2", "fr": "0:04,2"}),
    ("moment", (3724.25,), {"en": "1:02:04.2", "de": "1:02:04,2", "fr": "1:02:04,2"}),
    ("bytes", (3_140_000,), {"en": "3.1 MB", "de": "3,1\u202fMB", "fr": "3,1\u202fMo"}),
    ("bytes", (1,), {"en": "1 byte", "de": "1\u202fByte", "fr": "1\u202foctet"}),
    ("seconds", (12.34,), {"en": "12.3 s", "de": "12,3\u202fs", "fr": "12,3\u202fs"}),
    ("long_time", (168,), {"en": "7 days", "de": "7\u202fTagen", "fr": "7\u202fjours"}),
    ("long_time", (1,), {"en": "1 hour", "de": "1\u202fStunde", "fr": "1\u202fheure"}),
    ("long_time", (0.5,), {"en": "30 minutes", "de": "30\u202fMinuten", "fr": "30\u202fminutes"}),
    (
        "date",
        ("2024-08-06T21:53:37+00:00",),
        {"en": "6 August 2024, 21:53 UTC", "de": "6. August 2024, 21:53 UTC", "fr": "6 août 2024, 21:53 UTC"},
    ),
    ("date", ("some day",), {"en": "some day", "de": "some day", "fr": "some day"}),
]


@pytest.mark.parametrize(("figure", "value", "written"), FIGURES)
def test_figures_are_written_as_the_language_writes_them(figure: str, value: tuple[Any, ...], written: dict[str, str]) -> None:
    assert {code: getattr(Translator(code), figure)(*value) for code in languages()} == written


def test_a_report_is_rendered_anew_from_codes_and_parameters() -> None:
    small = Reason(code="face.small", severity="warning", message="…", params={"pixels": 34, "least": 64})
    report = made("likely_fake").model_copy(update={"reasons": [small]})
    german = localized(report, Translator("de"))
    assert (german.headline, german.verdict) == ("Wahrscheinlich manipuliert", report.verdict)
    assert german.reasons[0].message == "Das Gesicht ist nur etwa 34 Pixel breit; unter 64 gehen Spuren leicht verloren."
    assert [one.code for one in german.caveats] == [one.code for one in report.caveats]
    assert localized(german, Translator()).caveats == report.caveats


def test_what_another_version_stored_stays_as_it_was_told() -> None:
    without = Reason(code="face.small", severity="warning", message="As it was stored.")
    unknown = Reason(code="face.of_a_later_version", severity="warning", message="Something new.")
    report = made("likely_fake").model_copy(update={"reasons": [without, unknown]})
    assert localized(report, Translator("fr")).reasons == [without, unknown]


def test_a_claim_is_rendered_from_its_codes_and_names_stay() -> None:
    claim = Claim(
        basis="c2pa",
        kind="ai_generated",
        message="…",
        source_type="trainedAlgorithmicMedia",
        action="c2pa.created",
        tool="A {tool}",
        ingredient=True,
    )
    params: dict[str, Any] = {"ai": "edited", "trust": "listed", "trust_list": "A. B. (1.2)"}
    provenance = Provenance(state="valid", code="valid", message="…", params=params, claims=[claim])
    report = made("likely_fake").model_copy(update={"provenance": provenance})
    told = localized(report, Translator("de")).provenance
    assert (
        told.claims[0].message == "Über etwas, das eingeflossen ist: Erstellt, von einem trainierten Modell (KI) erzeugt, mit „A {tool}“."
    )
    assert "steht auf der Vertrauensliste „A. B. (1.2)“. Sie sagt von sich, dass Teile" in told.message
