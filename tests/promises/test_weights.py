"""The suite of promise 4 in its short form: kept, and red under each of its switches."""

import pytest

from tests.promises.promise import Plan, run
from tests.promises.weights import SUITE


def test_kept() -> None:
    result = run(SUITE, Plan(short=True))
    assert result.good, [demand for demand in result.demands if demand.kept is False]


@pytest.mark.long
@pytest.mark.parametrize("switch", SUITE.switches)
def test_a_switch_turns_it_red(switch: str) -> None:
    assert run(SUITE, Plan(short=True, off=switch)).good
