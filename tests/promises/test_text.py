"""Promise 5 in its short form, and each of its guards turned off once. The long form: ``python -m tests.promises.text``."""

import pytest

from tests.promises.promise import Plan, run
from tests.promises.text import SUITE


def test_kept() -> None:
    assert not [demand for demand in run(SUITE, Plan(short=True)).demands if demand.kept is False]


@pytest.mark.long
@pytest.mark.parametrize("switch", SUITE.switches)
def test_red_without_its_guard(switch: str) -> None:
    assert run(SUITE, Plan(short=True, off=switch)).good
