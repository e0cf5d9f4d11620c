"""Sheets: several crops of one person side by side in one picture, so that an image model sees change over time.

The thumbnail layout of Xu et al., "TALL: Thumbnail Layout for Deepfake Video Detection" (ICCV 2023): n x n crops, row by row in order of
time. Training and serving lay them out alike. Not here: which crops (``telltale/pipeline.py``, ``trainer/synthesis/dataset.py``).
"""

import numpy as np


def sheet_of(crops: np.ndarray, side: int) -> np.ndarray:
    """Crops (side², s, s, 3) in order of time -> one picture (side·s, side·s, 3)."""
    small = crops.shape[1]
    grid = crops.reshape(side, side, small, small, crops.shape[-1])
    return np.ascontiguousarray(grid.transpose(0, 2, 1, 3, 4)).reshape(side * small, side * small, crops.shape[-1])


def quarters_of(sheet: np.ndarray, side: int) -> np.ndarray:
    """The inverse for a map (side·h, side·w) -> (side², h, w), in the crops' order."""
    height, width = sheet.shape[0] // side, sheet.shape[1] // side
    grid = sheet[: side * height, : side * width].reshape(side, height, side, width)
    return grid.transpose(0, 2, 1, 3).reshape(side * side, height, width)
