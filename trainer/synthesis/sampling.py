"""Which crops a training step sees: rows sorted by source, method, group and unit, drawn so that no large source drowns the rest.

A source is drawn by the square root of its size, in it a method (of fakes), then a file or clip, evenly. Everything is held as flat
arrays of numbers, which workers share. See also: which of them go together (``pairing.py``).
"""

import itertools
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np

from trainer.synthesis.clips import Picture

if TYPE_CHECKING:
    from datasets import Dataset

KEYS = ("source", "method", "group", "unit", "kind", "label")


@dataclass(frozen=True, eq=False)
class Columns:
    """What is known of each row, as numbers: ``codes[key]`` points into the sorted ``names[key]``; ``frame`` orders the rows of a unit."""

    names: dict[str, list[str]]
    codes: dict[str, np.ndarray]
    frame: np.ndarray

    def where(self, key: str, name: str) -> np.ndarray:
        """Whether each row has this name."""
        known = self.names[key]
        return self.codes[key] == known.index(name) if name in known else np.zeros(len(self.frame), bool)

    def texts(self, key: str, rows: np.ndarray) -> list[str]:
        """The names of these rows."""
        return [self.names[key][code] for code in self.codes[key][rows]]


@dataclass(frozen=True, eq=False)
class Pool:
    """The rows of one label. ``methods_from[s] : methods_from[s + 1]`` are the methods of source s, and so on down to the rows; of one
    method the units lie by group. ``groups`` has each unit's group, ``stills`` says of each source whether it has pictures."""

    sources: tuple[str, ...]
    stills: np.ndarray
    methods_from: np.ndarray
    units_from: np.ndarray
    rows_from: np.ndarray
    groups: np.ndarray
    rows: np.ndarray

    def units(self, source: str) -> tuple[int, int]:
        """The first unit of a source, and the first that is not its any more."""
        at = self.sources.index(source)
        first, end = self.units_from[self.methods_from[at : at + 2]]
        return int(first), int(end)

    def unit(self, rng: np.random.Generator, source: str) -> int:
        """A unit of a source: the method first, evenly."""
        at = self.sources.index(source)
        method = rng.integers(self.methods_from[at], self.methods_from[at + 1])
        return int(rng.integers(self.units_from[method], self.units_from[method + 1]))

    def unit_of_group(self, rng: np.random.Generator, source: str, group: int) -> int | None:
        """A unit of a source and a group. Only for a pool that was made without methods."""
        first, end = self.units(source)
        low, high = first + np.searchsorted(self.groups[first:end], [group, group + 1])
        return int(rng.integers(low, high)) if high > low else None

    def rows_of(self, unit: int) -> np.ndarray:
        """The rows of a unit, in order of time."""
        return self.rows[self.rows_from[unit] : self.rows_from[unit + 1]]

    @property
    def sizes(self) -> np.ndarray:
        """Files and clips of each source."""
        return np.diff(self.units_from[self.methods_from])

    @property
    def people(self) -> np.ndarray:
        """Groups of each source: as many different faces, or thereabouts."""
        edges = self.units_from[self.methods_from]
        return np.array([len(np.unique(self.groups[first:end])) for first, end in itertools.pairwise(edges)], int)


def columns_of(rows: "Dataset") -> Columns:
    """The columns that sampling needs. Missing ones (``method``, ``group``, ``frame``) count as all alike."""
    table = rows.select_columns([name for name in (*KEYS, "frame") if name in rows.column_names]).with_format("arrow")[:]
    names, codes = {}, {}
    for key in KEYS:
        names[key], codes[key] = encode_column(table.column(key)) if key in table.column_names else ([""], np.zeros(len(rows), np.int32))
    frame = table.column("frame").to_numpy().astype(np.int32) if "frame" in table.column_names else np.arange(len(rows), dtype=np.int32)
    return Columns(names, codes, frame)


def encode_column(column: Any) -> tuple[list[str], np.ndarray]:
    """An Arrow column of texts as sorted names and each row's place among them; an absent text counts as empty."""
    import pyarrow.compute as pc

    whole = column.cast("large_string").combine_chunks()  # shards come in thousands of small chunks; each would carry its own dictionary
    texts = pc.fill_null(whole, "").dictionary_encode()
    names, codes = np.array(texts.dictionary.to_pylist(), dtype=object), texts.indices.to_numpy()
    order = np.argsort(names)
    ranks = np.empty(len(names), np.int32)
    ranks[order] = np.arange(len(names), dtype=np.int32)
    return names[order].tolist(), ranks[codes]


def pool_of(columns: Columns, label: str, *, by_method: bool = False) -> Pool:
    """The rows of one label. The order depends on names and frames only, not on the order of the files."""
    chosen = np.flatnonzero(columns.where("label", label)).astype(np.int32)
    codes = {key: columns.codes[key][chosen] for key in KEYS}
    method = codes["method"] if by_method else np.zeros_like(codes["method"])
    levels = (codes["source"], method, codes["group"], codes["unit"])
    order = np.lexsort((columns.frame[chosen], *levels[::-1]))
    source, method, group, unit = (level[order] for level in levels)
    new_source = changes(source)
    new_method = new_source | changes(method)
    new_unit = new_method | changes(group) | changes(unit)
    units = np.flatnonzero(new_unit)
    methods, sources = np.flatnonzero(new_method[units]), np.flatnonzero(new_source[units])
    stills = np.unique(columns.codes["source"][columns.where("kind", "image")])
    return Pool(
        sources=tuple(columns.names["source"][code] for code in source[new_source]),
        stills=np.isin(source[new_source], stills),
        methods_from=np.append(np.searchsorted(methods, sources), len(methods)),
        units_from=np.append(methods, len(units)),
        rows_from=np.append(units, len(order)).astype(np.int64),
        groups=group[units],
        rows=chosen[order],
    )


def twins_of(columns: Columns, label: str, other: str) -> np.ndarray:
    """For every row of one label the row of the other that has the same source, unit and frame; -1 where there is none."""
    keys = np.stack([columns.codes["source"], columns.codes["unit"], columns.frame], axis=1)
    _, place = np.unique(keys, axis=0, return_inverse=True)
    held = np.full(place.max(initial=-1) + 1, -1)
    theirs = np.flatnonzero(columns.where("label", other))
    held[place[theirs]] = theirs
    return np.where(columns.where("label", label), held[place], -1)


def changes(codes: np.ndarray) -> np.ndarray:
    """Whether each value differs from the one before; the first does."""
    return np.concatenate([np.ones(min(len(codes), 1), bool), codes[1:] != codes[:-1]])


def draw_source(rng: np.random.Generator, pool: Pool, among: np.ndarray, sizes: np.ndarray) -> str:
    """One of a pool's sources, by the square root of its size; of those marked, if any is."""
    weights = np.sqrt(sizes) * (among if among.any() else 1)
    return pool.sources[rng.choice(len(weights), p=weights / weights.sum())]


def by_unit(columns: Columns) -> tuple[np.ndarray, np.ndarray]:
    """All rows, those of a unit together and in order of time, and where each unit starts."""
    levels = [columns.codes[key] for key in ("source", "label", "unit")]
    order = np.lexsort((columns.frame, *levels[::-1]))
    return order, np.flatnonzero(np.logical_or.reduce([changes(level[order]) for level in levels]))


def moments(rng: np.random.Generator, count: int) -> np.ndarray:
    """``count`` places 0..1 in a clip, one in each of as many equal parts: in order, and never the same twice where frames suffice."""
    return (np.arange(count) + rng.random(count)) / count


def keep_encoded(rows: "Dataset") -> "Dataset":
    """The rows with their pictures left encoded; ``picture_of`` decodes them, faster than the data set would."""
    from datasets import Image

    return rows.cast_column("image", Image(decode=False))


def picture_of(row: Mapping[str, Any]) -> Picture:
    """The stored crop of an opened row, uint8 RGB."""
    decoded = cv2.imdecode(np.frombuffer(row["image"]["bytes"], np.uint8), cv2.IMREAD_COLOR_RGB)
    assert decoded is not None, "a stored crop is no picture"
    return decoded
