"""Each promise in its short form is kept, and goes red under each of its switches (``long``). In full: ``make promises``."""

import importlib

import pytest

from tests.promises.__main__ import NAMES
from tests.promises.promise import Plan, Suite, lines, run

SUITES: dict[str, Suite] = {name: importlib.import_module(f"tests.promises.{name}").SUITE for name in (*NAMES, "forms")}
SWITCHES = [(name, switch) for name, suite in SUITES.items() for switch in suite.switches]


@pytest.mark.slow
@pytest.mark.parametrize("name", SUITES)
def test_kept(name: str) -> None:
    result = run(SUITES[name], Plan(short=True))
    assert result.good, "\n".join(lines(result))


@pytest.mark.long
@pytest.mark.parametrize(("name", "switch"), SWITCHES)
def test_red_without_its_guard(name: str, switch: str) -> None:
    result = run(SUITES[name], Plan(short=True, off=switch))
    assert result.good, "\n".join(lines(result))
