"""What a server tells by code and parameters is put into words here; what is not known here is shown as it was told."""

from pathlib import Path
from typing import Any

from telltale.messages.catalogue import messages
from tests.support.browser.loaded_extension import unpacked
from tests.support.golden.vectors import Vector, failures, run_vectors

SMALL = "reason.face.small"


def test_what_strangers_send_as_parameters_breaks_nothing(tmp_path: Path) -> None:
    text = messages("de")[SMALL]
    odd: list[Any] = [{"toString": None, "valueOf": None}, [1], None, True]
    vectors = [Vector("i18n/catalogue", "rendered", ["de", text, {"pixels": one, "least": 64}], "") for one in odd]
    vectors += [
        Vector("i18n/catalogue", "rendered", ["de", text, params], "") for params in (None, {}, [], "x", {"__proto__": {"least": 1}})
    ]
    shown = text.replace("{pixels}", "<b>{x}</b>").replace("{least}", "64")
    vectors.append(Vector("i18n/catalogue", "rendered", ["de", text, {"pixels": "<b>{x}</b>", "least": 64}], shown))
    done = run_vectors(vectors, tmp_path, unpacked(), ("i18n", "vendor"))
    assert done.returncode == 0, failures(done)


def test_problem_without_a_known_message_keeps_its_sentence(tmp_path: Path) -> None:
    """The catalogue is left out: every message is unknown."""
    problem = {"code": "constructor", "detail": "The server says why.", "variant": "", "params": {"a": 1}}
    problems = [problem, {**problem, "variant": None}, {**problem, "variant": 7}, {"code": "x", "detail": "The server says why."}]
    script = "export const tell = (problem) => problemInWords(problem, (id, params, otherwise) => otherwise);\n"
    (tmp_path / "i18n").mkdir()
    report = (unpacked() / "i18n" / "report.js").read_text(encoding="utf-8")
    (tmp_path / "i18n" / "told.js").write_text(report + script, encoding="utf-8")
    vectors = [Vector("i18n/told", "tell", [one], "The server says why.") for one in problems]
    done = run_vectors(vectors, tmp_path, unpacked(), ("vendor",))
    assert done.returncode == 0, failures(done)
