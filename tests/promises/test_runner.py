"""The frame of the promises: what counts as kept, how a guard is turned off in a child, the page that is written; and the readers of
locks and corpus. See also: the promises themselves (``test_promises.py``).
"""

import importlib
import json
import re
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.promises import holes
from tests.promises.__main__ import NAMES, end, kept_in, start
from tests.promises.fuzz import TARGETS
from tests.promises.fuzzing import CORPUS, corpus, damaged
from tests.promises.jobs_stand_in import METHODS
from tests.promises.page import Kept, write
from tests.promises.promise import Demand, Plan, Result, Suite, keep, main, read, run
from tests.promises.sabotage import ROOT, disarmed

CONTROL = Demand("a sound file", "taken", "taken", True, control=True)


def measured(plan: Plan) -> Iterator[Demand]:
    """A suite of one demand."""
    yield CONTROL
    yield Demand("files | that <got> through", "1" if plan.off else "0", "0", plan.off is None)


SUITE = Suite(4, "weights", "Nothing is run.", measured, switches={"guard": "the guard"}, covers="The rest.")


def judged(*demands: Demand, off: str | None = None) -> bool:
    """Whether a result of these demands is good."""
    return Result("x", off, True, 1.0, demands).good


def test_a_run_is_good_where_all_is_kept_and_a_control_passed() -> None:
    kept, missed, idle = (Demand("what", "0", "0", state) for state in (True, False, None))
    assert judged(CONTROL, kept, idle)
    assert not judged(CONTROL, missed) and not judged(kept) and not judged(replace(CONTROL, kept=False), kept) and not judged(idle)


def test_a_sabotaged_run_is_good_where_it_is_red_and_the_controls_pass() -> None:
    kept, missed = (Demand("what", "0", "0", state) for state in (True, False))
    assert judged(CONTROL, missed, off="guard")
    assert not judged(CONTROL, kept, off="guard")
    assert not judged(replace(CONTROL, kept=False), kept, off="guard"), "only the control failed: it refuses all"


def test_the_command_says_so_by_its_exit_and_writes_its_figures(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "figures.json"
    assert main(SUITE, ["--short", "--json", str(out)]) == 0
    assert read(out) == replace(run(SUITE, Plan(short=True)), seconds=read(out).seconds)
    assert main(SUITE, ["--sabotage"]) == 0 and "MISSED  files | that <got> through: 1 (asked: 0)" in capsys.readouterr().out
    assert main(replace(SUITE, measure=lambda plan: iter([CONTROL, Demand("x", "1", "0", False)])), []) == 1


def test_a_switch_that_is_not_there() -> None:
    with pytest.raises(ValueError, match="no switch other"):
        run(SUITE, Plan(off="other"))


def test_a_guard_is_off_in_a_child_even_for_who_imported_it_by_name() -> None:
    code = (
        "import telltale.model.classifier, telltale.model.checksums as c;"
        "print(telltale.model.classifier.check_sums is c.check_sums, c.check_sums.__name__)"
    )
    with disarmed({"telltale.model.checksums:check_sums": "tests.promises.weights:believed"}) as environment:
        done = subprocess.run([sys.executable, "-c", code], env=environment, cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["True", "believed"]


def test_a_guard_that_cannot_be_turned_off_ends_the_child() -> None:
    with disarmed({"telltale.model.checksums:no_such": "tests.promises.weights:believed"}) as environment:
        done = subprocess.run([sys.executable, "-c", "print(1)"], env=environment, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 70 and "not disarmed" in done.stderr and not done.stdout


def test_a_suite_that_breaks_has_missed(tmp_path: Path) -> None:
    out = tmp_path / "out"
    result = end(start("promise_that_is_not_there", out), "x", out, None, True)
    assert not result.good and "broke" in result.demands[0].figure


@pytest.mark.parametrize("name", NAMES)
def test_every_suite_is_the_one_of_its_number(name: str) -> None:
    suite = importlib.import_module(f"tests.promises.{name}").SUITE
    assert (suite.name, suite.number) == (name, NAMES.index(name) + 1)
    assert suite.switches and suite.promise.endswith(".")


def test_what_was_kept_is_read_again(tmp_path: Path) -> None:
    suite = importlib.import_module("tests.promises.weights").SUITE
    plain = run(SUITE, Plan())
    keep(plain, tmp_path / "weights")
    for switch in suite.switches:
        keep(replace(plain, off=switch), tmp_path / f"weights-{switch}")
    kept = kept_in(tmp_path, "weights")
    assert kept.plain == plain and [result.off for result in kept.thrown] == list(suite.switches)


def test_the_page_says_what_was_measured_and_nothing_breaks_its_tables() -> None:
    plain, red = run(SUITE, Plan()), run(SUITE, Plan(off="guard"))
    page = write([Kept("weights", SUITE, replace(plain, seconds=600.0), (red,)), Kept("text", None, None, ())])
    assert "1 of 2 kept, in 10 minutes" in page and "**not there**" in page
    assert "| files \\| that &lt;got> through | 0 | 0 | kept |" in page
    assert "With `guard` (the guard): red: files \\| that &lt;got> through." in page
    idle = replace(red, demands=plain.demands)
    assert "**did not go red**" in write([Kept("weights", SUITE, plain, (idle,))])
    assert json.dumps(page)


def test_pins_are_read_and_an_accepted_hole_is_not_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    lock = "# x\nav==18.1.0\npsycopg[binary]==3.3.1 ; sys_platform == 'linux'\nTorch==2.13.0+cpu\nloose>=1\n"
    assert list(holes.pins_of(lock)) == [("av", "18.1.0"), ("psycopg", "3.3.1"), ("torch", "2.13.0")]
    answer = [{"vulns": [{"id": "A"}, {"id": "B"}]}, {}]
    monkeypatch.setitem(holes.ACCEPTED, "A", "It concerns a part that is not used.")
    assert holes.found([("x", "1"), ("y", "2")], answer) == {("x", "1"): ("B",)}


def test_a_silent_service_is_no_good_news(monkeypatch: pytest.MonkeyPatch) -> None:
    def silent(*_: object, **__: object) -> None:
        raise urllib.error.URLError("no route")

    monkeypatch.setattr(urllib.request, "urlopen", silent)
    result = run(holes.SUITE, Plan())
    told = next(demand for demand in result.demands if demand.what.startswith("pins of the locks with"))
    assert told.kept is None and "no route" in told.figure and result.good


def test_the_corpus_belongs_to_the_targets_and_every_edit_changes_something() -> None:
    assert {path.name for path in CORPUS.iterdir()} <= set(TARGETS)
    assert 0 < sum(len(content) for name in TARGETS for content in corpus(name).values()) < 200_000
    content = bytes(range(200))
    for kind in ("flip", "cut", "put", "repeat", "splice", "number", "drop"):
        assert damaged(content, content[::-1], [(kind, 0.3, b"ab")]) != content
        assert damaged(b"", b"", [(kind, 1.0, b"")]) is not None


def test_every_guard_and_its_stand_in_are_there() -> None:
    """A renamed function is seen here, and not by suites that do not start."""
    text = "\n".join(path.read_text() for path in sorted((ROOT / "tests").rglob("*.py")))
    names = set(re.findall(r'"((?:telltale|space|trainer|benchmarks|tests)(?:\.\w+)+:[\w.]+)"', text))
    names |= {f"space.runtime.engine_host:EngineHost.{name}" for name in METHODS}
    absent = []
    for name in names - {"telltale.model.checksums:no_such"}:
        module, _, path = name.partition(":")
        held = importlib.import_module(module)
        for part in path.split("."):
            held = getattr(held, part, None)  # type: ignore[assignment]
        absent += [] if held is not None else [name]
    assert len(names) > 20 and absent == []
