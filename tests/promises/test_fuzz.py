"""The fuzzers in their short form: nothing breaks, each finds what its switch lets in, and what once broke a reader is in the corpus."""

import pytest

from tests.promises.fuzz import SUITE, TARGETS
from tests.promises.fuzzing import CORPUS, corpus, damaged
from tests.promises.promise import Plan, run


def test_kept() -> None:
    result = run(SUITE, Plan(short=True))
    assert result.good, [demand for demand in result.demands if demand.kept is False]


@pytest.mark.long
@pytest.mark.parametrize("switch", SUITE.switches)
def test_a_switch_turns_it_red(switch: str) -> None:
    assert run(SUITE, Plan(short=True, off=switch)).good


def test_the_corpus_belongs_to_the_targets_and_is_small() -> None:
    assert {path.name for path in CORPUS.iterdir()} <= set(TARGETS)
    sizes = {f"{name}/{file}": len(content) for name in TARGETS for file, content in corpus(name).items()}
    assert sizes and sum(sizes.values()) < 200_000 and max(sizes.values()) < 50_000


@pytest.mark.parametrize("kind", ["flip", "cut", "put", "repeat", "splice", "number", "drop"])
def test_every_edit_changes_something(kind: str) -> None:
    content = bytes(range(200))
    assert damaged(content, content[::-1], [(kind, 0.3, b"ab")]) != content
    assert damaged(b"", b"", [(kind, 1.0, b"")]) is not None
