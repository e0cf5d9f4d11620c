"""Reading the locks and a service's answers, without asking it."""

import urllib.error
import urllib.request

import pytest

from tests.promises import holes
from tests.promises.promise import Plan, run


def test_kept_in_short_and_red_with_an_old_pin() -> None:
    result = run(holes.SUITE, Plan(short=True))
    assert result.good, [demand for demand in result.demands if demand.kept is False]
    assert run(holes.SUITE, Plan(short=True, off="old")).good


def test_pins_are_read_without_markers_and_local_versions() -> None:
    lock = "# x\nav==18.1.0\npsycopg[binary]==3.3.1 ; sys_platform == 'linux'\nTorch==2.13.0+cpu\nloose>=1\n"
    assert list(holes.pins_of(lock)) == [("av", "18.1.0"), ("psycopg", "3.3.1"), ("torch", "2.13.0")]


def test_a_silent_service_is_no_good_news(monkeypatch: pytest.MonkeyPatch) -> None:
    def silent(*_: object, **__: object) -> None:
        raise urllib.error.URLError("no route")

    monkeypatch.setattr(urllib.request, "urlopen", silent)
    result = run(holes.SUITE, Plan())
    told = next(demand for demand in result.demands if demand.what.startswith("pins of the locks with"))
    assert told.kept is None and "no route" in told.figure and result.good


def test_an_accepted_hole_is_not_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    answer = [{"vulns": [{"id": "A"}, {"id": "B"}]}, {}]
    pins = [("x", "1"), ("y", "2")]
    assert holes.found(pins, answer) == {("x", "1"): ("A", "B")}
    monkeypatch.setitem(holes.ACCEPTED, "A", "It concerns a part that is not used.")
    assert holes.found(pins, answer) == {("x", "1"): ("B",)}
