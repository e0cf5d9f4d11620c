"""Promise 1, the forms of a video, in its short form; and that it goes red without the turning of what is stored turned."""

import pytest

from tests.promises.forms import SUITE
from tests.promises.promise import Plan, lines, run


@pytest.mark.parametrize("off", [None, *(pytest.param(switch, marks=pytest.mark.long) for switch in SUITE.switches)])
def test_forms(off: str | None) -> None:
    result = run(SUITE, Plan(short=True, off=off))
    assert result.good, "\n".join(lines(result))
