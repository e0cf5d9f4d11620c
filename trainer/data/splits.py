"""Which part of a data set trains, validates, calibrates or only tests. Whole sources and identities move together, never single frames.

test         whole sources asked for, and what a set's authors test on; touched once, at the end
validation   whole sources that choose the checkpoint and fit the calibration, what authors validate on, and a tenth of the identities of
             sources whose authors do not say
train        the rest

Authors' splits are kept. The others are drawn by a hash of the identity, the same in every run and on every machine. People who only show
together with a few others (the two of a FaceForensics++ pair) move together; where everybody was swapped with everybody (Celeb-DF, DFD)
each is drawn alone, and a file that shows people of two splits is left out. So is a file whose own split is not that of the people in it.

See also: how a set lies on disk (``trainer/readers``).
"""

import hashlib
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace

from telltale.core.errors import BadRequest
from trainer.data.manifest import Row, Split
from trainer.data.scan import LeftOut

HELD_BACK = 0.1
"""Share of a training source's identities that validates."""
STRICTEST: tuple[Split, ...] = ("test", "validation", "train")
SMALL = 0.05
"""Share of all identities that may show together and still be moved as one; four may always."""


@dataclass(frozen=True)
class Division:
    """Every row that is used, its split set, and the files that would have torn an identity."""

    rows: tuple[Row, ...]
    left_out: tuple[LeftOut, ...]


def divide(rows: Iterable[Row], *, test: Collection[str], validation: Collection[str], test_share: float = 0.0) -> Division:
    """Give every row a split; see the module. Raises BadRequest where sources make no sense or nothing would be left to train on.

    ``test_share`` of the identities that are drawn is kept for testing, of sources whose authors do not say what tests.
    """
    rows = list(rows)
    refuse_sources(test, validation, known={row.source for row in rows})
    authors: dict[str, set[Split]] = {row.source: set() for row in rows}
    for row in rows:
        authors[row.source] |= {row.split} if row.split else set()
    fixed = [fixed_split(row, authors[row.source], test, validation) for row in rows]
    claims = collect_claims(zip(rows, fixed, strict=True))
    free = [row for row, split in zip(rows, fixed, strict=True) if split is None]
    untested = {identity for row in free if not may_test(row, authors[row.source]) for identity in row.split_keys}
    splits = claims | draw_splits(free, claims, untested, test_share, validated="validation" in fixed)
    kept: list[Row] = []
    left_out: list[LeftOut] = []
    for row, own in zip(rows, fixed, strict=True):
        wanted = {splits[identity] for identity in row.split_keys} | ({own} if own else set())
        if len(wanted) > 1:
            left_out.append(LeftOut(row.path, f"shows identities of {' and '.join(sorted(wanted))}, and none may be in two splits"))
        elif own is None and "test" in wanted and not may_test(row, authors[row.source]):
            left_out.append(LeftOut(row.path, "shows somebody who is tested, but is not one of the files that its authors test on"))
        else:
            kept.append(replace(row, split=wanted.pop()))
    refuse_empty(kept, wanted=sum(split in (None, "train") for split in fixed), sources=sorted({row.source for row in free}))
    check_untorn(kept)
    return Division(tuple(kept), tuple(left_out))


def check_untorn(rows: Iterable[Row]) -> None:
    """Raises BadRequest where an identity shows in files of two splits. Called before a manifest is written."""
    found: dict[str, Split] = {}
    for row in rows:
        if row.split is None:
            continue
        for identity in row.split_keys:
            if found.setdefault(identity, row.split) != row.split:
                sentence = f"{identity} would be in {found[identity]} and in {row.split} ({row.path}): no identity may be in two splits."
                raise BadRequest("request.invalid", text=sentence)


def fixed_split(row: Row, authors: Collection[Split], test: Collection[str], validation: Collection[str]) -> Split | None:
    """The split that a row has before anything is drawn. What authors train on is drawn from where they say nothing of validation."""
    if row.source in test:
        return "test"
    if row.source in validation:
        return "validation"
    return None if row.split == "train" and "validation" not in authors else row.split


def may_test(row: Row, authors: Collection[Split]) -> bool:
    """Whether a drawn row may test: not where its authors say what tests, or that it trains."""
    return row.split is None and "test" not in authors


def collect_claims(rows: Iterable[tuple[Row, Split | None]]) -> dict[str, Split]:
    """Identity -> the split that rows with a split put it in: that of its own data set if there are any, and of several the strictest."""
    own: dict[str, set[Split]] = {}
    others: dict[str, set[Split]] = {}
    for row, split in rows:
        for identity in row.split_keys if split else ():
            assert split is not None
            (own if identity.startswith(f"{row.source}:") else others).setdefault(identity, set()).add(split)
    return {identity: next(split for split in STRICTEST if split in found) for identity, found in (others | own).items()}


def draw_splits(
    rows: list[Row], claims: Mapping[str, Split], untested: Collection[str], test_share: float, *, validated: bool
) -> dict[str, Split]:
    """Identity -> split for those that no claim decides. Where nothing validates, the identities of the lowest draw do."""
    groups = join_identities(rows)
    small = max(4, SMALL * sum(map(len, groups)))
    units: list[list[str]] = []
    splits: dict[str, Split] = {}
    for group in groups:
        decided = {claims[identity] for identity in group if identity in claims}
        if len(group) > small or len(decided) > 1:
            units += [[identity] for identity in group if identity not in claims]
        elif decided:
            splits |= dict.fromkeys(group, decided.pop())
        else:
            units.append(group)
    for unit in units:
        place = draw(unit[0])
        tested = HELD_BACK <= place < HELD_BACK + test_share and not any(identity in untested for identity in unit)
        splits |= dict.fromkeys(unit, "validation" if place < HELD_BACK else "test" if tested else "train")
    if len(units) > 1 and not validated and "validation" not in splits.values():
        lowest = sorted(units, key=lambda unit: draw(unit[0]))[0]
        splits |= dict.fromkeys(lowest, "validation")
    return splits


def join_identities(rows: Iterable[Row]) -> list[list[str]]:
    """The identities of rows, grouped by who shows with whom, directly or through others; each group in order."""
    leader: dict[str, str] = {}

    def find_leader(identity: str) -> str:
        while leader.setdefault(identity, identity) != identity:
            leader[identity] = identity = leader[leader[identity]]
        return identity

    for row in rows:
        first, *others = row.split_keys
        find_leader(first)
        for other in others:
            leader[find_leader(other)] = find_leader(first)
    groups: dict[str, list[str]] = {}
    for identity in leader:
        groups.setdefault(find_leader(identity), []).append(identity)
    return [sorted(group) for group in groups.values()]


def draw(identity: str) -> float:
    """A number in 0..1 that hangs on the identity alone."""
    return int(hashlib.sha256(identity.replace(":", "/", 1).encode()).hexdigest()[:8], 16) / 0xFFFFFFFF


def refuse_sources(test: Collection[str], validation: Collection[str], *, known: Collection[str]) -> None:
    """Raises BadRequest where a source is asked to be in two splits, or is not there."""
    if both := set(test) & set(validation):
        raise BadRequest("request.invalid", text=f"These sources cannot both test and validate: {', '.join(sorted(both))}.")
    if unknown := (set(test) | set(validation)) - set(known):
        raise BadRequest("request.invalid", text=f"There is no source {', '.join(sorted(unknown))}; there are {', '.join(sorted(known))}.")


def refuse_empty(kept: Iterable[Row], *, wanted: int, sources: list[str]) -> None:
    """Raises BadRequest where files were to train, but every one of them was left out."""
    if wanted and not any(row.split == "train" for row in kept):
        raise BadRequest(
            "request.invalid",
            text=f"Nothing is left to train on: all {wanted:,} files that might train show people who are tested or validated. Test on "
            f"these sources wholly (--test-sources {','.join(sources)}) and train on another set, or give more of the set.",
        )
