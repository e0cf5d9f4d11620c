"""What the model says of reals that went through a source of fakes' chain, and of fakes that went through reals': before and after.

A model that looks at faces says the same after; one that learnt a source's chain turns. *Flips* is said where the share called fake moves
the wrong way (up for reals, down for fakes) by more than ``TOLERANCE``; intervals are Wilson's over files, and wide for few. A chain takes
detail away as well, so a fake that is no longer found may simply no longer show: only reals that turn fake are a shortcut for certain.
Where ``enlarged`` is high, softness may be what turns them. See also: the chains (``processing_chain.py``), the scores
(``trainer/evaluation/scores.py``).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from trainer.data.manifest import Label, Row
from trainer.evaluation.metrics import Estimate, proportion
from trainer.evaluation.robustness import choose
from trainer.evaluation.scores import Score, Scorer, score_or_read
from trainer.shortcuts.processing_chain import ProcessingChain, SourceTraits

TOLERANCE = 0.05


@dataclass(frozen=True)
class Probe:
    """One chain on files of one class. ``before`` and ``after`` are the shares called fake, ``mean_…`` the mean probabilities; ``turned``
    counts files that turned wrong and ``righted`` those that turned right; ``lost`` files whose face is no longer found; ``enlarged`` files
    whose face is smaller than the chain's and was stretched, None for a chain that leaves it as large as it is."""

    of: Label
    source: str
    chain: str
    whole: bool
    files: int
    before: Estimate
    after: Estimate
    mean_before: float
    mean_after: float
    turned: int
    righted: int
    lost: int
    enlarged: int | None
    flips: bool

    @property
    def says(self) -> str:
        """Plainly."""
        return "flips" if self.flips else f"stays {self.of}"


def probe(
    rows: Sequence[Row],
    chains: Sequence[ProcessingChain],
    traits: Sequence[SourceTraits],
    looker: Scorer,
    *,
    files: int,
    kept: Path,
    workers: int,
) -> tuple[Probe, ...]:
    """Score ``files`` reals and as many fakes as they are and after each chain for their class. Raises BadModel."""
    threshold = looker.engine().model.settings.fake_from
    sizes = {(each.source, each.label): each.face_px for each in traits}
    found = []
    for label in ("real", "fake"):
        chosen = choose([row for row in rows if row.label == label], files)
        tried = [chain for chain in chains if chain.on == label]
        if not chosen or not tried:
            continue
        distinct = {chain.passage.name: replace(looker, perturbation=chain.passage) for chain in tried}
        clean, *after = score_or_read(chosen, [looker, *distinct.values()], kept, workers, f"{label} files")
        changed = dict(zip(distinct, after, strict=True))
        for chain in tried:
            size = sizes.get((chain.source, chain.of)) if chain.resizes else None
            found.append(figures(chain, clean, changed[chain.passage.name], threshold, size))
    return tuple(found)


def figures(chain: ProcessingChain, clean: Sequence[Score], changed: Sequence[Score], threshold: float, face_px: int | None) -> Probe:
    """One chain's figures; both hold the same files in the same order."""
    was, now = (np.array([score.probability for score in scores]) for scores in (clean, changed))
    before, after = was >= threshold, now >= threshold
    wrong_before, wrong_after = (before, after) if chain.on == "real" else (~before, ~after)
    known = [score.face_px for score in clean if score.face_px is not None]
    return Probe(
        of=chain.on,
        source=chain.source,
        chain=chain.passage.name,
        whole=chain.whole,
        files=len(clean),
        before=proportion(before),
        after=proportion(after),
        mean_before=float(was.mean()),
        mean_after=float(now.mean()),
        turned=int(np.sum(~wrong_before & wrong_after)),
        righted=int(np.sum(wrong_before & ~wrong_after)),
        lost=sum(bool(one.frames) and not other.frames for one, other in zip(clean, changed, strict=True)),
        enlarged=None if face_px is None else sum(size < face_px for size in known),
        flips=bool(wrong_after.mean() - wrong_before.mean() > TOLERANCE),
    )
