"""Export a model folder to ONNX: ``onnx/model.onnx`` with the outputs ``logits`` and ``maps``, checked against torch before it is
put in place.

python -m trainer.export runs/small/model
"""

import argparse
import sys
from pathlib import Path

from detector.errors import BadModel, TelltaleError

GREATEST_DIFFERENCE = 1e-3
"""Between torch's and ONNX Runtime's logits."""


def export(folder: Path) -> Path:
    """Write the ONNX file beside the weights. Raises BadModel where it does not agree with torch."""
    import numpy as np
    import onnxruntime
    import torch
    from transformers import AutoModelForImageClassification

    from detector.activation import WithMaps
    from detector.settings import read_settings

    size = read_settings(folder).size
    model = WithMaps(AutoModelForImageClassification.from_pretrained(folder)).eval()
    pixels = torch.randn(2, 3, size, size, generator=torch.Generator().manual_seed(0))
    path = folder / "onnx" / "model.onnx"
    path.parent.mkdir(exist_ok=True)
    part = path.with_suffix(".part.onnx")
    batch = {0: torch.export.Dim("batch", min=1, max=1024)}
    torch.onnx.export(
        model,
        (pixels,),
        str(part),
        input_names=["pixel_values"],
        output_names=["logits", "maps"],
        dynamic_shapes=(batch,),
        dynamo=True,
        external_data=False,
        verbose=False,
    )
    with torch.inference_mode():
        expected = [output.numpy() for output in model(pixels)]
    session = onnxruntime.InferenceSession(str(part), providers=["CPUExecutionProvider"])
    for name, ours, theirs in zip(("logits", "maps"), expected, session.run(None, {"pixel_values": pixels.numpy()}), strict=True):
        if (difference := float(np.abs(ours - theirs).max())) > GREATEST_DIFFERENCE * max(1.0, float(np.abs(ours).max())):
            part.unlink()
            raise BadModel("model.broken", f"The {name} of the ONNX file differ from torch's by {difference:.2g}.")
    part.rename(path)
    return path


def main(arguments: list[str] | None = None) -> int:
    """The command line; see the module's docstring."""
    parser = argparse.ArgumentParser(prog="python -m trainer.export", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("folder", type=Path, help="a model folder")
    try:
        print(export(parser.parse_args(arguments).folder))
    except TelltaleError as error:
        print(f"{error.code}: {error.sentence}", file=sys.stderr)
        return error.exit
    return 0


if __name__ == "__main__":
    sys.exit(main())
