"""How a checkpoint wants its pictures: its own image processor, and the size of the crop to hand to it.

The processor is transformers' own for the checkpoint, so size, resampling, crop, mean and deviation, channel order and whatever else it
does are the model's own. Nearly all of them do no more to a crop of the right size than to normalise its colours; where a drawn picture
shows that, a table of 256 values does the same in a fraction of the time. See also: crops (``telltale/faces/align.py``), labels
(``labels.py``).
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from telltale.core.errors import BadModel

Prepare = Callable[[np.ndarray], np.ndarray]
"""Crops, uint8 (N, side, side, 3) RGB -> pixel values as the net takes them, float32 (N, 3, h, w)."""
SAME = 1e-5
"""Greatest difference of pixel values at which the table stands for the processor."""
SMALLEST, LARGEST = 16, 1024
"""Pixels of a side that a face's crop may have."""


@dataclass(frozen=True, eq=False)
class Preprocessing:
    """``side`` is the side in pixels of the crop to cut; ``prepare`` makes pixel values of such crops; ``described`` is the same in two
    preprocessings only if they do the same."""

    side: int
    prepare: Prepare
    described: str


def normalize(crops: np.ndarray, mean: np.ndarray, std: np.ndarray) -> np.ndarray:
    """uint8 (N, S, S, C) -> float32 (N, C, S, S): scaled to 0..1, less ``mean`` (3,), over ``std`` (3,). C is a multiple of 3."""
    table = (np.arange(256, dtype=np.float32)[:, None] / 255 - mean) / std
    pixels = np.empty((len(crops), crops.shape[3], *crops.shape[1:3]), np.float32)
    for crop, planes in zip(crops, pixels, strict=True):
        for channel in range(crops.shape[3]):
            # Every byte lies in the table; mode="raise" would copy.
            np.take(table[:, channel % 3], crop[..., channel], out=planes[channel], mode="clip")
    return pixels


def by_colours(side: int, mean: np.ndarray, std: np.ndarray) -> Preprocessing:
    """That of a net which takes crops as they are, ``normalize`` with these numbers."""
    return Preprocessing(side, partial(normalize, mean=mean, std=std), f"{mean.tolist()} {std.tolist()}")


def read_preprocessing(folder: Path, model: str) -> Preprocessing:
    """The preprocessing of a checkpoint in transformers' format. Raises BadModel where it cannot be told or used."""
    from transformers import AutoImageProcessor

    try:
        processor = AutoImageProcessor.from_pretrained(folder, trust_remote_code=False)
    except (OSError, ValueError, TypeError, KeyError, ImportError, AttributeError) as error:
        raise BadModel("model.unsupported", "no_processor", model=model, why=first_line(error)) from error
    side = crop_side(processor, model)

    def by_processor(crops: np.ndarray) -> np.ndarray:
        made = processor(images=list(crops), return_tensors="np", input_data_format="channels_last")
        return np.ascontiguousarray(made["pixel_values"], np.float32)

    probe = drawn_crop(side)
    try:
        pixels = by_processor(probe)
    except Exception as error:  # a processor's own code, with settings out of a stranger's file
        raise BadModel("model.unsupported", "processor_fails", model=model, why=first_line(error)) from error
    if pixels.ndim != 4 or pixels.shape[:2] != (1, 3) or not np.isfinite(pixels).all():
        raise BadModel("model.unsupported", "processor_output", model=model)
    mean, std = colours(processor, "image_mean", 0.0), colours(processor, "image_std", 1.0)
    if mean is not None and std is not None and (std != 0).all():
        by_table = by_colours(side, mean, std)
        quick = by_table.prepare(probe)
        if quick.shape == pixels.shape and np.abs(quick - pixels).max() <= SAME:
            return by_table
    return Preprocessing(side, by_processor, processor.to_json_string())


def crop_side(processor: Any, model: str) -> int:
    """The side of a square crop of which the processor has nothing to enlarge or to shrink. Raises BadModel."""
    size, cropped = (getattr(processor, name, None) for name in ("size", "crop_size"))
    side = None
    if getattr(processor, "do_resize", True):
        side = length(size, "height", "width") or length(size, "shortest_edge", "longest_edge")
        share = getattr(processor, "crop_pct", None)
        if share and side and side < 384 and not length(size, "height", "width"):  # ConvNeXt's: enlarged first, then the middle cut out
            side = int(side / share)
    elif getattr(processor, "do_center_crop", False):
        side = length(cropped, "height", "width")
    if not side or not SMALLEST <= side <= LARGEST:
        raise BadModel("model.unsupported", "processor_size", model=model, least=SMALLEST, most=LARGEST)
    return side


def length(size: Any, *names: str) -> int | None:
    """The largest of a size's entries with these names."""
    if isinstance(size, int):
        return size
    found = [size.get(name) if isinstance(size, dict) else getattr(size, name, None) for name in names]
    numbers = [int(number) for number in found if isinstance(number, (int, float)) and number > 0]
    return max(numbers, default=None)


def colours(processor: Any, name: str, otherwise: float) -> np.ndarray | None:
    """A processor's mean or deviation of colours, float32 (3,), or the neutral one where it does not normalize; None for another shape."""
    if not getattr(processor, "do_normalize", True):
        return np.full(3, otherwise, np.float32)
    try:
        values = np.asarray(getattr(processor, name, otherwise), np.float32)
    except (TypeError, ValueError):
        return None
    return np.broadcast_to(values, 3) if values.shape in ((), (3,)) else None


def drawn_crop(side: int) -> np.ndarray:
    """A picture with every byte in it and three different colours, uint8 (1, side, side, 3)."""
    places = np.arange(side * side * 3).reshape(1, side, side, 3)
    return (places * 7 % 256).astype(np.uint8)


def first_line(error: Exception) -> str:
    """The beginning of what a library says of an error."""
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:160]
