"""tests/README.md: every claim has a unit test, an end-to-end test and a nightly proof, and what it names exists."""

import ast
import re
from pathlib import Path

import pytest

from tests.promises.__main__ import NAMES

ROOT = Path(__file__).resolve().parents[2]
ROWS = re.findall(r"^\| (.+?) \| (.+?) \| (.+?) \| (.+?) \|$", (ROOT / "tests" / "README.md").read_text(), re.MULTILINE)[1:]


def missing(named: str) -> str:
    """What is wrong with a name, or nothing: a suite of promises, a benchmark's module, or a file of tests and one of its functions."""
    if named in (*NAMES, "forms"):
        return ""
    if named.startswith("benchmarks."):
        return "" if (ROOT / named.replace(".", "/")).with_suffix(".py").is_file() else "there is no such benchmark"
    file, _, name = named.partition("::")
    path = ROOT / "tests" / file
    if not path.is_file():
        return "there is no such file"
    functions = {node.name for node in ast.parse(path.read_text()).body if isinstance(node, ast.FunctionDef)}
    return "" if not name or name in functions else "there is no such test"


@pytest.mark.parametrize("claim", range(len(ROWS)))
def test_a_claim_has_its_three_proofs(claim: int) -> None:
    what, *proofs = ROWS[claim]
    for proof in proofs:
        names = re.findall(r"`([^`]+)`", proof)
        assert names, f"{what}: a proof is missing"
        assert {name: wrong for name in names if (wrong := missing(name))} == {}, what


def test_there_are_claims() -> None:
    assert len(ROWS) > 25 and {name for row in ROWS for name in re.findall(r"promise `(\w+)`", row[3])} == {*NAMES, "forms"}
