"""Which footage goes together: a fake with the real it was made from, a face with a donor whose landmarks fit it.

Sources are balanced: stills or videos by a coin, then a source by the square root of its number of people, for sixteen clips of two actors
are two faces. See also: how rows are kept in order (``sampling.py``), and what is made of them (``dataset.py``).
"""

from typing import TYPE_CHECKING

import numpy as np

from trainer.synthesis.blending import misfit
from trainer.synthesis.clips import CropClip, footage
from trainer.synthesis.masks import check_landmarks, outline_of
from trainer.synthesis.sampling import Pool, columns_of, draw_source, keep_encoded, picture_of, pool_of, twins_of

if TYPE_CHECKING:
    from datasets import Dataset

DONORS = 12
"""Donors that are looked at for one face; only their landmarks are read. The best is taken."""
STILLS = 0.75
"""Share of labelled fakes that are stills: a few clips are soon known by heart, with all that surrounds the face."""


class PairSampler:
    """Draws from the rows that ``trainer.prepare`` wrote. ``times`` 0..1 say which frames of a clip are taken (``sampling.moments``)."""

    def __init__(self, rows: "Dataset") -> None:
        columns = columns_of(rows)
        self._rows, self._landmarks = keep_encoded(rows), rows.select_columns(["outline"])
        self._reals, self._fakes = pool_of(columns, "real"), pool_of(columns, "fake", by_method=True)
        self._redrawn, self._originals = pool_of(columns, "decoded"), twins_of(columns, "decoded", "real")

    @property
    def labelled(self) -> bool:
        """Whether there are any labelled fakes."""
        return bool(self._fakes.sources)

    @property
    def decoded(self) -> bool:
        """Whether there are crops that ``trainer.reconstruct`` redrew."""
        return bool(self._redrawn.sources)

    def real_and_redrawn(self, rng: np.random.Generator, times: np.ndarray) -> tuple[CropClip, CropClip]:
        """The same frames of a face twice: as they are, and redrawn."""
        source = self._balanced(rng, self._redrawn)
        unit = self._redrawn.rows_of(self._redrawn.unit(rng, source))
        return self._footage(self._originals[unit], times), self._footage(unit, times)

    def real(self, rng: np.random.Generator, times: np.ndarray) -> CropClip:
        """One real."""
        source = self._balanced(rng, self._reals)
        return self._footage(self._reals.rows_of(self._reals.unit(rng, source)), times)

    def real_and_donor(self, rng: np.random.Generator, times: np.ndarray) -> tuple[CropClip, CropClip | None]:
        """A real, and of some others of its source the one whose landmarks fit best in all frames; None where no other is to be had."""
        source = self._balanced(rng, self._reals)
        unit = self._reals.unit(rng, source)
        face = self._footage(self._reals.rows_of(unit), times)
        ours = self._outlines(unit, times)
        others = [other for other in (self._reals.unit(rng, source) for _ in range(DONORS)) if other != unit]
        theirs = [self._outlines(other, times) for other in others]
        fits = [(misfit(found, ours), other) for found, other in zip(theirs, others, strict=True) if found and ours]
        return face, self._footage(self._reals.rows_of(min(fits)[1]), times) if fits else None

    def real_and_fake(self, rng: np.random.Generator, times: np.ndarray) -> tuple[CropClip, CropClip]:
        """A labelled fake and a real: of the same group if it has any, else of its source, else of its kind."""
        source = self._fake_source(rng)
        unit = self._fakes.unit(rng, source)
        original = None
        if source in self._reals.sources:
            original = self._reals.unit_of_group(rng, source, int(self._fakes.groups[unit]))
        if original is None:
            original = self._reals.unit(rng, self._partner(rng, source))
        return self._footage(self._reals.rows_of(original), times), self._footage(self._fakes.rows_of(unit), times)

    def _footage(self, unit: np.ndarray, times: np.ndarray) -> CropClip:
        """Frames of a unit at these times; each is read once, however often it is shown."""
        frames, shown = np.unique((times * len(unit)).astype(int), return_inverse=True)
        read = [self._rows[int(unit[frame])] for frame in frames]
        return footage([picture_of(row) for row in read], [row["outline"] for row in read]).at(shown.tolist())

    def _outlines(self, unit: int, times: np.ndarray) -> list[np.ndarray]:
        """The landmarks of a real's frames, without the pictures; none where those of any frame are wild."""
        rows = self._reals.rows_of(unit)
        read = [self._landmarks[int(rows[frame])]["outline"] for frame in (times * len(rows)).astype(int)]
        return [] if any(points and check_landmarks(points) is None for points in read) else [outline_of(points) for points in read]

    def _fake_source(self, rng: np.random.Generator) -> str:
        """A source of fakes: mostly stills, then by the square root of its number of files."""
        wanted = rng.random() < STILLS
        return draw_source(rng, self._fakes, self._fakes.stills == wanted, self._fakes.sizes)

    def _partner(self, rng: np.random.Generator, source: str) -> str:
        """A source of reals for a fake: its own where it has any, else one of the same kind (stills or videos)."""
        if source in self._reals.sources:
            return source
        alike = self._reals.stills == self._fakes.stills[self._fakes.sources.index(source)]
        return draw_source(rng, self._reals, alike, self._reals.people)

    def _balanced(self, rng: np.random.Generator, pool: Pool) -> str:
        """A source: stills or videos by a coin, then by the square root of its number of people."""
        wanted = rng.random() < 0.5
        return draw_source(rng, pool, pool.stills == wanted, pool.people)
