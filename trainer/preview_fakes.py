"""A contact sheet of pseudo-fakes, to be looked at before a training: reals, their fakes, the masks and the seams.

    python -m trainer.preview_fakes runs/crops/train --out sheet.png

See also: how they are made (``forging/``).
"""

import argparse
import sys
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from telltale.core.errors import BadRequest, TelltaleError
from trainer.synthesis.blending import make_fake
from trainer.synthesis.clips import Picture
from trainer.synthesis.pairing import PairSampler


def contact_sheet(rows: Any, pictures: int, seed: int) -> Picture:
    """Columns of a real, its fake, the mask and the seam; every second fake has another person's face inside where one fits."""
    rng, couples, middle = np.random.default_rng(seed), PairSampler(rows), np.array([0.5])
    columns = []
    for number in range(pictures):
        real, donor = couples.real_and_donor(rng, middle) if number % 2 else (couples.real(rng, middle), None)
        made = make_fake(real, donor, rng)
        maps = [cv2.merge([np.rint(one * 255).astype(np.uint8)] * 3) for one in (made.masks[0], made.seams[0])]
        columns.append(np.concatenate([made.reals[0], made.fakes[0], *maps]))
    return np.concatenate([np.concatenate(columns[start : start + 8], axis=1) for start in range(0, pictures, 8)])


def main(arguments: list[str] | None = None) -> int:
    """Write a contact sheet."""
    parser = argparse.ArgumentParser(prog="python -m trainer.preview_fakes", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("crops", type=Path, help="a split written by trainer.prepare, CROPS/train")
    parser.add_argument("--out", type=Path, required=True, help="PNG to write")
    parser.add_argument("--pictures", type=int, default=16, help="how many, in rows of eight (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args(arguments)
    try:
        from trainer.data.shards import open_split

        if options.pictures < 8 or options.pictures % 8:
            raise BadRequest("request.invalid", text="A contact sheet has rows of eight: --pictures is 8, 16, 24 and so on.")
        sheet = contact_sheet(open_split(options.crops), options.pictures, options.seed)
        if not cv2.imwrite(str(options.out), sheet[:, :, ::-1]):
            raise BadRequest("request.invalid", text=f"{options.out} cannot be written.")
    except TelltaleError as error:
        print(f"{error.code}: {error.sentence}", file=sys.stderr)
        return error.exit
    return 0


if __name__ == "__main__":
    sys.exit(main())
