"""The server's own sentences in the other languages: every one that a person may meet is known, with whatever values are in it."""

import ast
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from space.i18n.languages import ENGLISH, LANGUAGES
from space.i18n.messages import Words
from space.i18n.report import provenance_in
from space.i18n.sentence_matcher import Sayings
from telltale.core.progress import STEP_NAMES, Progress
from telltale.core.report import CAVEATS, HEADLINES, UNCHANGED, Claim, Quality, Reason
from telltale.faces.quality import quality_reasons
from telltale.net.failures import SENTENCES, failure_of, too_long
from telltale.provenance import provenance
from telltale.provenance.claims import ACTIONS, SOURCE_TYPES
from telltale.verdict import verdict
from telltale.verdict.verdict import EXPLANATIONS

ROOT = Path(__file__).resolve().parents[3]
ERRORS = {"BadMedia", "FetchFailed", "JobProblem", "BadRequest", "Fault"}
ELSEWHERE = {
    *("url_lists", "output_files", "sources", "limits", "settings", "trust_list", "detectors", "publish", "hub", "requirements"),
    *("openapi_examples", "main", "extras", "parquet_run", "executors", "process_pool"),
}
"""Modules whose errors end a command or the server's start: nobody reads them on the page."""
PROGRAMS = (
    *("Send JSON", "The JSON is too long", "An Idempotency-Key", "This Idempotency-Key", "The request is not what is expected"),
    *("This is the Model Context Protocol", "Another Telltale server", "The store was written", "The database"),
    *("What lies where the checks' database", "A worker on its own", "There is nothing here"),
    *("This is asked for by another method", "7: 7", "This video lasts longer than 7,"),
)
"""How sentences begin that only programs, or whoever starts a server, meet: they stay English. (The last is among those told below.)"""
OTHERS = [words for code, words in LANGUAGES.items() if code != "en"]


def assigned(tree: ast.Module) -> dict[str, ast.expr]:
    """What every simple name of a module stands for."""
    found = [node for node in ast.walk(tree) if isinstance(node, ast.Assign)]
    return {node.targets[0].id: node.value for node in found if isinstance(node.targets[0], ast.Name)}


def text_of(node: ast.expr, names: dict[str, ast.expr]) -> str | None:
    """A sentence of the source with "7" where a value would be; None where it is no literal."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.Name) and node.id in names:
        return text_of(names[node.id], names)
    if not isinstance(node, ast.JoinedStr):
        return None
    parts = []
    for part in node.values:
        inner = part.value if isinstance(part, ast.FormattedValue) else part
        value = text_of(inner, names) if isinstance(inner, ast.Constant | ast.Name) else None
        parts.append(value or ("Frame 7" if isinstance(inner, ast.Name) and inner.id == "called" else "7"))
    return "".join(parts)


def raised() -> Iterator[tuple[str, str]]:
    """Module and sentence of every error that is made in detector and space."""
    for path in [*(ROOT / "telltale").rglob("*.py"), *(ROOT / "space").rglob("*.py")]:
        tree = ast.parse(path.read_text(encoding="utf-8"))
        names = assigned(tree)
        for node in ast.walk(tree):
            made = isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id
            if not isinstance(node, ast.Call) or made not in ERRORS | {"bad"} or path.stem in ELSEWHERE:
                continue
            sentence = text_of(node.args[-1], names) if node.args else None
            if sentence and " " in sentence and not sentence.startswith(PROGRAMS):
                yield path.stem, sentence


@pytest.mark.parametrize("words", OTHERS, ids=lambda words: words.LANGUAGE)
def test_every_error_that_the_source_raises_is_known(words: Words) -> None:
    sentences = sorted(set(raised()))
    assert len(sentences) > 60, "the test would pass for nothing"
    assert [one for one in sentences if not words.SAYINGS.knows(one[1])] == []


def reasons() -> list[Reason]:
    """Every reason that a verdict can have."""
    worst = [Quality(face_size_px=30.0, yaw=0.9, sharpness=1.0, compression=0.5)]
    fixed = [value for value in vars(verdict).values() if isinstance(value, Reason)]
    return [*fixed, *quality_reasons(worst, "video"), *quality_reasons(worst * 3, "video")]


def told() -> list[str]:
    """Every sentence of a Report, of progress, and of what a site refuses."""
    constants = [value for name, value in vars(provenance).items() if name.isupper() and isinstance(value, str) and value.endswith(".")]
    return [
        *HEADLINES.values(),
        *EXPLANATIONS.values(),
        *CAVEATS.values(),
        UNCHANGED,
        *(reason.message for reason in reasons()),
        *STEP_NAMES.values(),
        *(Progress("fetch", done, total).count for done, total in ((3_100_000, 6_400_000), (3_100_000, 0), (12_000, 0), (1000, 32_000))),
        Progress("faces", 12, 32).count,
        *constants,
        *provenance.PROBLEMS.values(),
        *provenance.SAYS_AI.values(),
        *(provenance.of_parts(joined).message for joined in (True, False)),
        provenance.NO_FILE.message,
        *SENTENCES.values(),
        too_long(9000).sentence,
        too_long(600).sentence,
        failure_of(TimeoutError()).sentence,
        *(how for _, how in SOURCE_TYPES.values()),
        *(done for _, done in ACTIONS.values()),
    ]


@pytest.mark.parametrize("words", OTHERS, ids=lambda words: words.LANGUAGE)
def test_every_sentence_of_a_report_is_known(words: Words) -> None:
    assert len(told()) > 110
    assert [sentence for sentence in told() if not words.SAYINGS.knows(sentence)] == []


def test_values_travel_and_decimals_are_written_anew() -> None:
    german = LANGUAGES["de"]
    assert german.say("3.1 of 6.4 MB") == "3,1 von 6,4\u202fMB"
    assert german.say("“my clip.v1.2.mp4” is empty: it holds no bytes at all.").startswith("„my clip.v1.2.mp4“ ist leer")
    assert german.say("“a.wav” holds sound, but no picture: there is nothing to look at.").startswith("„a.wav“ enthält Ton, aber kein Bild")


def test_several_sentences_in_one_text_are_each_put_anew() -> None:
    text = f"{provenance.FITS} The signer is not on the trust list “A. B. (1.2)”. {provenance.SAYS_AI['edited']}"
    said = LANGUAGES["fr"].say(text)
    assert "« A. B. (1.2) »".replace(" ", "\u00a0", 1) in said or "A. B. (1.2)" in said
    assert "The" not in said and said.count("IA") == 1


@pytest.mark.parametrize(
    "strange", ["", "A sentence of a later Telltale.", "{done#} of {total#}", "x" * 5000, "It is 1 of 2 things. " * 60]
)
def test_what_is_not_known_stays_as_it_is(strange: str) -> None:
    assert LANGUAGES["de"].say(strange) == strange
    assert ENGLISH.say(strange) == strange


def test_a_shape_takes_no_prose_for_a_number() -> None:
    sayings = Sayings({"{done#} of {total#}": "{done#} von {total#}"})
    assert sayings.say("12 of 32") == "12 von 32"
    assert sayings.say("One of many") == "One of many"


def test_a_claim_is_put_anew_from_its_codes_and_names_stay() -> None:
    claim = Claim(
        basis="c2pa",
        kind="ai_generated",
        message="…",
        source_type="trainedAlgorithmicMedia",
        action="c2pa.created",
        tool="A {tool}",
        ingredient=True,
    )
    said = provenance_in(provenance.NO_FILE.model_copy(update={"claims": [claim]}), LANGUAGES["de"]).claims[0].message
    assert said == "Über etwas, das eingeflossen ist: Erstellt, von einem trainierten Modell (KI) erzeugt, mit „A {tool}“."


@pytest.mark.parametrize("words", OTHERS, ids=lambda words: words.LANGUAGE)
def test_many_sentences_of_a_stranger_cost_nothing(words: Words) -> None:
    """Each end of a sentence once doubled what a look-up cost."""
    began = time.process_time()
    for count in (15, 16, 17, 200, 600):
        text = " ".join(f"{number}." for number in range(count))
        assert words.say(text) == text
    assert time.process_time() - began < 1


@pytest.mark.parametrize("words", OTHERS, ids=lambda words: words.LANGUAGE)
def test_several_sentences_are_found_one_by_one(words: Words) -> None:
    both = " ".join(CAVEATS.values())
    assert words.say(both) == " ".join(words.say(limit) for limit in CAVEATS.values()) != both
