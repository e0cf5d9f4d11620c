"""The seeded short form of promise 2 (``tests/promises/bounds.py``), and that each of its switches makes it go red."""

import pytest

from tests.promises.bounds import SUITE
from tests.promises.promise import Plan, run

pytestmark = pytest.mark.slow


def test_kept() -> None:
    result = run(SUITE, Plan(short=True))
    assert not [demand for demand in result.demands if demand.kept is False] and result.good


@pytest.mark.long
@pytest.mark.parametrize("switch", SUITE.switches)
def test_red(switch: str) -> None:
    assert run(SUITE, Plan(short=True, off=switch)).good
