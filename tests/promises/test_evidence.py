"""Promise 7 in its short form: nothing to judge is no verdict, and it goes red without its guards."""

import pytest

from tests.promises.evidence import SUITE
from tests.promises.promise import Plan, lines, run


@pytest.mark.parametrize("off", [None, *(pytest.param(switch, marks=pytest.mark.long) for switch in SUITE.switches)])
def test_evidence(off: str | None) -> None:
    result = run(SUITE, Plan(short=True, off=off))
    assert result.good, "\n".join(lines(result))
