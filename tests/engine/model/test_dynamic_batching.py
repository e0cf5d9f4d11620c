"""telltale/model/dynamic_batching.py: several jobs at one net. What waits goes together, each gets its own, and a fault is told to those
it met.
"""

import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from telltale.model.dynamic_batching import DynamicBatcher


class Slow:
    """A net that answers with what it was shown, once it may; a crop that is negative is too much for it."""

    def __init__(self) -> None:
        self.batches: list[int] = []
        self.busy, self.may_go = threading.Event(), threading.Event()

    def __call__(self, pixels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        self.batches.append(len(pixels))
        self.busy.set()
        assert self.may_go.wait(20)
        if (pixels < 0).any():
            raise RuntimeError("too much")
        return pixels * 2, pixels * 3


def crops(start: int, count: int) -> np.ndarray:
    return np.arange(start, start + count, dtype=np.float32)[:, None]


def test_what_waits_goes_together() -> None:
    net = Slow()
    shared = DynamicBatcher(net, most=8)
    brought = [crops(10 * job, count) for job, count in enumerate((2, 3, 4, 1, 12, 2), start=1)]
    with ThreadPoolExecutor(len(brought)) as pool:
        answers = [pool.submit(shared, brought[0])]
        assert net.busy.wait(20)
        for count, pixels in enumerate(brought[1:], start=1):
            answers.append(pool.submit(shared, pixels))
            while len(shared._waiting) < count:
                pass  # one after the other, so that their order is known
        net.may_go.set()
        for pixels, answer in zip(brought, answers, strict=True):
            logits, maps = answer.result(20)
            np.testing.assert_array_equal(logits, pixels * 2)
            np.testing.assert_array_equal(maps, pixels * 3)
    assert net.batches == [2, 8, 12, 2], "the first came alone; no batch is larger than it may be, unless one brings more"


def test_a_fault_is_told_to_those_in_the_batch() -> None:
    net = Slow()
    net.may_go.set()
    shared = DynamicBatcher(net)
    with pytest.raises(RuntimeError, match="too much"):
        shared(-crops(1, 2))
    np.testing.assert_array_equal(shared(crops(1, 2))[0], crops(1, 2) * 2)
