"""What the benchmark of speed measures on, what one of its parts finds, and what parts leave for each other. Nothing is measured here."""

from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.remote.run import note
from benchmarks.remote.thresholds import Demand
from benchmarks.speed.clips import FORMATS, Sample, make_clip, real_clips
from benchmarks.speed.step_table import Steps


@dataclass(frozen=True)
class Setup:
    """What is measured on: the data set, the folder of models and of made clips, and how much of everything."""

    data: Path
    models: Path
    folder: Path
    rounds: int = 3
    real: int = 3
    videos: int | None = None
    frames: int = 4
    copies: int = 12
    jobs: int = 1000


@dataclass(frozen=True)
class Part:
    """What one part found: tables in Markdown, what is asked, and the README's rows (what, figure)."""

    tables: tuple[str, ...] = ()
    demands: tuple[Demand, ...] = ()
    speed: tuple[tuple[str, str], ...] = ()


@dataclass
class Bench:
    """The setup, and what one part leaves for another."""

    setup: Setup
    crops: Path | None = None
    net_rate: float | None = None
    steps: list[Steps] = field(default_factory=list)

    def make_clip(self, place: int = 0, seconds: int = 10) -> Sample:
        """A made clip, by its place among the formats."""
        source = real_clips(self.setup.data, 1)[0].path
        return make_clip(FORMATS[place], source, self.setup.folder, seconds, note)

    def real(self) -> list[Sample]:
        """The real clips of the set."""
        return real_clips(self.setup.data, self.setup.real)
