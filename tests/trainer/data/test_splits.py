"""Splits: authors' are kept, the rest goes by identity, nothing is torn, and what was divided before stays as it was."""

import hashlib
from dataclasses import replace
from pathlib import Path

import pytest

from telltale.core.errors import BadRequest
from trainer.data.manifest import Row, Split
from trainer.data.splits import check_untorn, divide, join_identities


def row(name: str, *identities: str, source: str = "own", split: Split | None = None, label: str = "fake") -> Row:
    return Row(name, Path(name), label, "video", source, name, split=split, identities=identities)  # type: ignore[arg-type]


def grouped(count: int) -> list[Row]:
    """Real and fake of each group, without identities or splits, as manifests have them."""
    return [
        Row(f"{group}-{label}", Path("x"), label, "image", "a", str(group))  # type: ignore[arg-type]
        for group in range(count)
        for label in ("real", "fake")
    ]


def test_manifests_without_splits_are_divided_as_ever() -> None:
    """By the hash of source and group, which must never change: prepared sets and published figures hang on it."""
    rows = [*grouped(400), *(replace(each, source="b", path=f"b{each.path}") for each in grouped(5))]
    division = divide(rows, test=("b",), validation=())
    assert len(division.rows) == 810 and not division.left_out
    for each in division.rows:
        validates = int(hashlib.sha256(f"{each.source}/{each.group}".encode()).hexdigest()[:8], 16) / 0xFFFFFFFF < 0.1
        assert each.split == ("test" if each.source == "b" else "validation" if validates else "train")
    drawn = [each.split for each in division.rows if each.source == "a"]
    assert 0.05 < drawn.count("validation") / len(drawn) < 0.16
    check_untorn(division.rows)


def test_authors_splits_are_kept_and_sources_overrule_them() -> None:
    rows = [row("a", "own:1", split="train"), row("b", "own:2", split="validation"), row("c", "own:3", split="test")]
    assert [each.split for each in divide(rows, test=(), validation=()).rows] == ["train", "validation", "test"]
    rows.append(row("d", "held:1", source="held", split="train"))
    assert divide(rows, test=("held",), validation=()).rows[-1].split == "test"


def test_what_authors_train_on_also_validates_where_they_name_no_validation() -> None:
    rows = [*(row(f"{n}", f"own:{n}", split="train") for n in range(200)), row("t", "own:t", split="test")]
    splits = [each.split for each in divide(rows, test=(), validation=(), test_share=0.5).rows]
    assert 8 < splits.count("validation") < 40 and splits.count("test") == 1, "nothing else tests where authors say what does"


def test_a_share_is_kept_for_testing_where_nobody_says() -> None:
    rows = [row(f"{n}", f"own:{n}") for n in range(400)]
    plain = {each.path: each.split for each in divide(rows, test=(), validation=()).rows}
    shared = {each.path: each.split for each in divide(rows, test=(), validation=(), test_share=0.2).rows}
    assert 50 < list(shared.values()).count("test") < 110
    assert all(shared[path] == split for path, split in plain.items() if split == "validation"), "what validates stays"


def test_pairs_move_together_and_crowds_one_by_one() -> None:
    pairs = [row(f"{n}", f"own:{n}", f"own:{n + 1}") for n in range(0, 200, 2)]
    assert not divide(pairs, test=(), validation=()).left_out
    crowd = [row(f"{a}-{b}", f"own:{a}", f"own:{b}") for a in range(60) for b in range(60) if a != b]
    division = divide(crowd, test=(), validation=())
    check_untorn(division.rows)
    assert division.left_out and {each.split for each in division.rows} == {"train", "validation"}
    assert len(join_identities(crowd)) == 1 and len(join_identities(pairs)) == 100


def test_files_of_two_splits_are_left_out_with_the_reason() -> None:
    rows = [row("a", "own:1", split="train"), row("v", "own:9", split="validation"), row("b", "own:2", split="test")]
    rows.append(row("torn", "own:1", "own:2", split="train"))
    (item,) = divide([*rows[:3], replace(rows[3], source="other")], test=(), validation=()).left_out
    assert item.path == "torn" and "test and train" in item.why


def test_a_sets_own_lists_rule_its_identities() -> None:
    """Another set that tests on an identity does not take it out of the training of the set it comes from."""
    rows = [row("a", "ffpp:1", source="ffpp", split="train"), row("v", "ffpp:2", source="ffpp", split="validation")]
    rows += [row("t", "ffpp:1", "deep:M1", source="deep", split="test"), row("u", "ffpp:3", "deep:M2", source="deep", split="test")]
    division = divide(rows, test=(), validation=())
    assert [each.path for each in division.rows] == ["a", "v", "u"] and [item.path for item in division.left_out] == ["t"]


def test_nothing_left_to_train_says_what_to_do() -> None:
    rows = [row("a", "own:1", split="test"), row("b", "own:1")]
    with pytest.raises(BadRequest, match=r"Nothing is left to train on: all 1 files.*--test-sources own"):
        divide(rows, test=(), validation=())


def test_sources_that_make_no_sense_are_refused() -> None:
    rows = grouped(3)
    with pytest.raises(BadRequest, match="both test and validate: a"):
        divide(rows, test=("a",), validation=("a",))
    with pytest.raises(BadRequest, match="no source typo; there are a"):
        divide(rows, test=("typo",), validation=())


def test_a_torn_identity_is_refused() -> None:
    whole = [row("a", "own:1", split="train"), row("b", "own:2", split="test"), row("c", "own:1")]
    check_untorn(whole)
    with pytest.raises(BadRequest, match="own:2 would be in test and in train"):
        check_untorn([*whole, row("d", "own:3", "own:2", split="train")])
