"""Which outputs of a classifier mean "fake" and which "real", by the names that its config gives them.

Their order differs between models, and so do the names: of the checkpoints that people use most, half say neither "real" nor "fake".
A name counts only as a whole: no "1", no part of a word decides. Where a name is unknown the owner of the model says which labels mean
fake (``--fake-label``, ``TELLTALE_FAKE_LABELS``, ``fake_labels`` in ``telltale.json``).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from telltale.core.errors import BadModel

FAKE = frozenset(
    {
        *("fake", "fakes", "fake face", "fake image", "fake video", "deepfake", "deepfakes", "deep fake", "deepfake image", "faceswap"),
        *("ai", "ai generated", "ai image", "ai generated image", "artificial", "synthetic", "generated", "machine generated", "gan"),
        *("computer generated", "diffusion", "manipulated", "tampered", "forged", "forgery", "altered", "not real", "unreal"),
    }
)
REAL = frozenset(
    {
        *("real", "reals", "real face", "real image", "real video", "realism", "human", "human made", "person", "authentic", "genuine"),
        *("original", "pristine", "natural", "bonafide", "bona fide", "untouched", "unaltered", "not fake", "not ai", "not ai generated"),
    }
)


@dataclass(frozen=True)
class Labels:
    """Indices of the outputs that mean fake, and of those that mean real; every output is in one of them."""

    fake: tuple[int, ...]
    real: tuple[int, ...]

    def log_odds(self, logits: np.ndarray) -> np.ndarray:
        """Class logits (N, C) -> log-odds of fake (N,). Classes on one side add up, as softmax probabilities do."""
        return total(logits, self.fake) - total(logits, self.real)

    def evidence(self, maps: np.ndarray, logits: np.ndarray) -> np.ndarray:
        """Class maps (N, C, h, w) -> map of the evidence for fake (N, h, w); classes on one side weigh by their share in it."""
        return side_map(maps, logits, self.fake) - side_map(maps, logits, self.real)


def total(logits: np.ndarray, side: tuple[int, ...]) -> np.ndarray:
    """Log of the summed exponentials of some classes' logits, (N,)."""
    if len(side) == 1:
        return logits[:, side[0]]
    chosen = logits[:, side]
    top = chosen.max(axis=1)
    return np.asarray(top + np.log(np.exp(chosen - top[:, None]).sum(axis=1)), logits.dtype)


def side_map(maps: np.ndarray, logits: np.ndarray, side: tuple[int, ...]) -> np.ndarray:
    """The mean map of some classes, each weighted by its softmax probability among them, (N, h, w)."""
    if len(side) == 1:
        return maps[:, side[0]]
    share = np.exp(logits[:, side] - total(logits, side)[:, None])
    return np.asarray(np.einsum("nc,nchw->nhw", share, maps[:, side]), maps.dtype)


def read_labels(config: dict[str, Any], model: str, fake_labels: Iterable[str] = ()) -> Labels:
    """The sides of a checkpoint's outputs. ``fake_labels``, where given, are the names that mean fake; all others then mean real.

    Raises BadModel for outputs without names, for names that are not known, and where one side is empty.
    """
    names = names_of(config, model)
    plain = [normalized(name) for name in names]
    if chosen := {normalized(name) for name in fake_labels}:
        if unknown := sorted(chosen - set(plain)):
            raise BadModel("model.unknown_labels", "no_such", model=model, asked=quoted(unknown), names=quoted(names))
        fake = tuple(place for place, name in enumerate(plain) if name in chosen)
    else:
        if not set(plain) <= FAKE | REAL:
            raise BadModel("model.unknown_labels", "unclear", model=model, names=quoted(names))
        fake = tuple(place for place, name in enumerate(plain) if name in FAKE)
    real = tuple(place for place in range(len(names)) if place not in fake)
    if not fake or not real:
        raise BadModel("model.unknown_labels", "one_side", model=model, names=quoted(names))
    return Labels(fake, real)


def names_of(config: dict[str, Any], model: str) -> list[str]:
    """The names of a checkpoint's outputs, in their order; transformers writes none where they are LABEL_0 and LABEL_1. Raises BadModel."""
    named = config.get("id2label")
    if named is None:
        named = {place: f"LABEL_{place}" for place in range(int(config.get("num_labels") or 2))}
    try:
        places = {int(place): str(name) for place, name in named.items()} if isinstance(named, dict) else {}
    except ValueError:
        places = {}
    if len(places) < 2 or sorted(places) != list(range(len(places))):
        raise BadModel("model.unknown_labels", "unnamed", model=model)
    return [places[place] for place in range(len(places))]


def normalized(name: str) -> str:
    """A label as it is compared: lower case, words parted by one blank."""
    return " ".join(str(name).lower().replace("_", " ").replace("-", " ").split())


def quoted(names: Iterable[str]) -> str:
    """Names for a message; of many, the first eight."""
    listed = [f"“{str(name)[:40]}”" for name in names]
    return ", ".join(listed[:8]) + (", …" if len(listed) > 8 else "")
