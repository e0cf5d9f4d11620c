"""Promise 8 in its short form: one answer in two processes, and that it goes red where scores drift or the decoder is not told."""

import pytest

from tests.promises.promise import Plan, lines, run
from tests.promises.same import SUITE


@pytest.mark.parametrize("off", [None, *(pytest.param(switch, marks=pytest.mark.long) for switch in SUITE.switches)])
def test_same(off: str | None) -> None:
    result = run(SUITE, Plan(short=True, off=off))
    assert result.good, "\n".join(lines(result))
