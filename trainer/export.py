"""Export a model folder to ONNX, in the places where transformers.js and Telltale look, each file checked before it is put in place.

    python -m trainer.export runs/small/model
    python -m trainer.export runs/small/model --precision fp32,int8 --crops runs/crops

    onnx/model.onnx            fp32: within 0.001 of torch
    onnx/model_quantized.onnx  int8: its activations' ranges are taken from training crops, so it needs --crops
    onnx/model_fp16.onnx       fp16 within, fp32 at input and outputs
    onnx/export.json           differences from torch, AUC on the validation crops, sizes, SHA-256, and what was left out
    SHA256SUMS                 written last; only an ONNX file that stands in it is run

Input ``pixel_values``; outputs ``logits``, ``maps`` (class-activation maps) and, where the folder has a seam head that is kept, ``seam``.
A smaller file whose AUC is not within 0.01 of fp32's is not put in place, and the command says so. Files of other weights are taken away.
See also: how a graph is made smaller (``quantise.py``) and how its AUC is measured (``agreement.py``).
"""

import argparse
import json
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from telltale.core.errors import BadModel, BadRequest, TelltaleError
from telltale.model.checksums import write_sums
from trainer.hub.onnx_parity import MARKER, same_weights

if TYPE_CHECKING:
    from trainer.hub.onnx_parity import Held, Measured

GREATEST_DIFFERENCE = 1e-3
"""Between torch's and ONNX Runtime's outputs."""
GREATEST_LOSS = 0.01
"""Of AUC, between fp32 and a smaller file."""
FILES = {"fp32": "model.onnx", "int8": "model_quantized.onnx", "fp16": "model_fp16.onnx"}
SEAM = "seam_head.safetensors"
KEPT_SHARES = (0.0, 0.1, 0.2, 0.4)
"""Shares of the layers, from the input on, left in fp32: tried in turn until int8's AUC holds. The first layers see the finest traces."""


@dataclass(frozen=True)
class Exported:
    """One file in place. ``difference``: of the logits, from torch's, on random pixels; ``measured`` is None without crops."""

    file: str
    bytes: int
    sha256: str
    difference: float
    measured: "Measured | None" = None
    layers_in_fp32: int = 0


@dataclass(frozen=True)
class Export:
    """What ``export.json`` says."""

    weights_sha256: str
    outputs: tuple[str, ...]
    files: dict[str, Exported]
    left_out: dict[str, str]
    crops_sha256: str | None


def export(folder: Path, precisions: tuple[str, ...] = ("fp32",), crops: Path | None = None, *, seam: bool = True) -> Export:
    """Write the ONNX files beside the weights. Raises BadModel where fp32 does not agree with torch, BadRequest for int8 without crops."""
    from trainer.hub.onnx_export import write_graph
    from trainer.hub.onnx_parity import digest, open_held

    check(folder, precisions, crops)
    held = open_held(folder, crops) if crops else None
    place = folder / "onnx"
    place.mkdir(exist_ok=True)
    weights = digest(folder / "model.safetensors")
    part = place / ".fp32.part.onnx"
    try:
        graph = write_graph(folder, part, folder / SEAM if seam and (folder / SEAM).is_file() else None)
        for name, difference in graph.differences(part).items():
            if difference > GREATEST_DIFFERENCE:
                raise BadModel("model.broken", text=f"The {name} of the ONNX file differ from torch's by {difference:.2g}.")
        reference = held.measure(part) if held else None
        if not same_weights(place, weights):
            clear(place)
        files: dict[str, Exported] = {"fp32": move_into_place(part, place / FILES["fp32"], graph.differences(part)["logits"], reference)}
        left_out: dict[str, str] = {}
        for precision in (name for name in precisions if name != "fp32"):
            try:
                files[precision] = smaller(precision, place, held, reference, lambda path: graph.differences(path)["logits"])
            except WorseThanSource as worse:
                (place / FILES[precision]).unlink(missing_ok=True)
                left_out[precision] = str(worse)
    finally:
        for left in place.glob(".*.part.onnx"):
            left.unlink()
    done = Export(weights, graph.outputs, files, left_out, held.sha256 if held else None)
    write_marker(place / MARKER, done)
    write_sums(folder)
    return done


def check(folder: Path, precisions: tuple[str, ...], crops: Path | None) -> None:
    """That what was asked for can be done. Raises BadModel, BadRequest."""
    if not (folder / "model.safetensors").is_file():
        raise BadModel("model.not_found", text=f"{folder} holds no model.safetensors: it is not a model folder.")
    if unknown := [name for name in precisions if name not in FILES]:
        raise BadRequest("request.invalid", text=f"There is no precision {unknown[0]!r}; there are {', '.join(FILES)}.")
    if "int8" in precisions and crops is None:
        raise BadRequest("request.invalid", text="int8 needs --crops: the ranges of its numbers and its AUC are taken from them.")


class WorseThanSource(Exception):
    """A smaller file loses too much; inside this module only."""


def smaller(
    precision: str, place: Path, held: "Held | None", reference: "Measured | None", difference: Callable[[Path], float]
) -> Exported:
    """An int8 or fp16 file in place, made from the fp32 one. Raises NotAsGood."""
    from trainer.hub.quantize import layers, to_fp16, to_int8

    source, part, target = place / FILES["fp32"], place / f".{precision}.part.onnx", place / FILES[precision]
    if precision == "fp16":
        to_fp16(source, part)
        measured = held.measure(part) if held else None
        if measured and reference and measured.loss(reference) > GREATEST_LOSS:
            raise WorseThanSource(worse(precision, measured.loss(reference)))
        return move_into_place(part, target, difference(part), measured)
    assert held is not None and reference is not None, "asked for above"
    count, losses = len(layers(source)), []
    for share in KEPT_SHARES:
        kept = round(share * count)
        to_int8(source, part, held.samples(), kept)
        measured = held.measure(part)
        losses.append(measured.loss(reference))
        if losses[-1] <= GREATEST_LOSS:
            return replace(move_into_place(part, target, difference(part), measured), layers_in_fp32=kept)
    raise WorseThanSource(worse(precision, min(losses)))


def worse(precision: str, loss: float) -> str:
    """The sentence about a file that was not put in place."""
    return f"{precision} is not put in place: its AUC on the validation crops differs from fp32's by {loss:.3f}, more than {GREATEST_LOSS}."


def move_into_place(part: Path, target: Path, difference: float, measured: "Measured | None") -> Exported:
    """Rename a checked file to where it belongs."""
    from trainer.hub.onnx_parity import digest

    part.rename(target)
    return Exported(f"onnx/{target.name}", target.stat().st_size, digest(target), difference, measured)


def clear(place: Path) -> None:
    """Take away the marker, then the smaller files: they are of other weights, or nobody knows of which."""
    for name in (MARKER, FILES["int8"], FILES["fp16"]):
        (place / name).unlink(missing_ok=True)


def write_marker(path: Path, done: Export) -> None:
    """``export.json``: what this run made, and what an earlier one made of the same weights and is still there."""
    entry = asdict(done)
    if path.is_file():
        before = json.loads(path.read_text())["files"]
        entry["files"] = {name: each for name, each in before.items() if (path.parent.parent / each["file"]).is_file()} | entry["files"]
    part = path.with_name(f".{path.name}")
    part.write_text(json.dumps(entry, indent=2) + "\n")
    part.rename(path)


def sentences(done: Export) -> list[str]:
    """What the command prints."""
    lines = []
    for precision, each in done.files.items():
        auc = f", AUC {each.measured.auc:.3f} by crop, {each.measured.video_auc:.3f} by video" if each.measured else ""
        lines.append(f"{each.file}: {precision}, {each.bytes / 1e6:.1f} MB, logits within {each.difference:.1g} of torch's{auc}")
    return [*lines, *done.left_out.values()]


def main(arguments: list[str] | None = None) -> int:
    """The command line; see the module's docstring."""
    parser = argparse.ArgumentParser(prog="python -m trainer.export", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("folder", type=Path, help="a model folder")
    parser.add_argument("--precision", default="fp32", help="fp32, int8, fp16, with commas between; fp32 is always written")
    parser.add_argument("--crops", type=Path, help="what trainer.prepare wrote: AUC is measured on its validation crops")
    parser.add_argument("--seam", choices=("keep", "drop"), default="keep", help="the seam head, where there is one (default: keep)")
    given = parser.parse_args(arguments)
    precisions = tuple(name.strip() for name in given.precision.split(",") if name.strip())
    try:
        done = export(given.folder, precisions, given.crops, seam=given.seam == "keep")
    except TelltaleError as error:
        print(f"{error.code}: {error.sentence}", file=sys.stderr)
        return error.exit
    print("\n".join(sentences(done)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
