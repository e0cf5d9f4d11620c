"""Whether a model has learnt shortcuts: reals passed through each fake source's chain must stay real, fakes through the reals' chains fake.

    python -m trainer.probe --model hub_card --manifest validation.jsonl --out runs/probe --files 24
    python -m trainer.probe … --chains ../shared/data/manifest.jsonl --sources zoya,loopy,anitalker

A source's *chain* is what its files have in common besides their label: framing, size of the face, colour, JPEG quality, codec and rate, a
mark in a corner, a grid. It is measured on the files of ``--chains`` (by default the manifest itself) and given to files of the other class
from ``--manifest``, which training must not have seen; then both go through the very steps of a check. Leaves ``probe.md``, ``probe.json``
and the scores, of which a later run goes on. See also: robustness at stated strengths (``evaluate.py --robustness``); traces of generators,
which are no shortcuts.
"""

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from telltale.core.errors import BadRequest, TelltaleError
from trainer.evaluate import names, positive, write

if TYPE_CHECKING:
    from trainer.evaluation.scores import Scorer
    from trainer.shortcuts.processing_chain import SourceTraits
    from trainer.shortcuts.swap_test import Probe


def main(argv: list[str] | None = None) -> int:
    """Probe; returns the exit code."""
    arguments = parser().parse_args(argv)
    try:
        run(arguments)
    except TelltaleError as error:
        print(error.sentence, file=sys.stderr)
        return error.exit
    return 0


def parser() -> argparse.ArgumentParser:
    """The arguments."""
    made = argparse.ArgumentParser(prog="python -m trainer.probe", description="Pass files of one class through the other's chains.")
    made.add_argument("--model", required=True, help="folder or Hub id of the model")
    made.add_argument("--manifest", type=Path, required=True, help="JSONL of files that training did not see")
    made.add_argument("--out", type=Path, required=True, help="folder of the results; an earlier run's scores there are used again")
    made.add_argument("--chains", type=Path, help="JSONL of files whose chains are measured (default: the manifest)")
    made.add_argument("--sources", type=names, help="measure the chains of these sources only, as a,b,c (default: all)")
    made.add_argument("--files", type=positive, default=24, help="how many reals, and how many fakes (default: %(default)s)")
    made.add_argument("--frames", type=positive, default=6, help="frames looked at in each video (default: %(default)s)")
    made.add_argument("--faces", choices=("auto", "mtcnn", "insightface"), default="auto", help="face detector (default: %(default)s)")
    made.add_argument("--workers", type=positive, default=1, help="processes, each with its own model (default: %(default)s)")
    return made


def run(arguments: argparse.Namespace) -> None:
    """Measure the chains, score before and after, write. Raises TelltaleError."""
    from trainer.data.manifest import read_manifest
    from trainer.evaluation.scores import Scorer
    from trainer.shortcuts.markdown import markdown
    from trainer.shortcuts.processing_chain import chains, measure_sources
    from trainer.shortcuts.swap_test import probe

    rows = read_manifest(arguments.manifest).rows
    origins = read_manifest(arguments.chains or arguments.manifest, sources=arguments.sources).rows
    looker = Scorer(arguments.model, arguments.faces, None, arguments.frames, 0 if arguments.workers == 1 else 1)
    sources = measure_sources(origins, looker.engine().finder)
    if not sources:
        raise BadRequest("request.invalid", text="None of the files whose chains were to be measured can be read.")
    arguments.out.mkdir(parents=True, exist_ok=True)
    kept = arguments.out / "scores.jsonl"
    found = probe(rows, chains(sources), sources, looker, files=arguments.files, kept=kept, workers=arguments.workers)
    write(arguments.out / "probe.md", markdown(sources, found))
    entries = as_json(sources, found, arguments, looker)
    write(arguments.out / "probe.json", json.dumps(entries, indent=2, ensure_ascii=False, allow_nan=False) + "\n")
    print(markdown(sources, found))


def as_json(
    sources: Sequence["SourceTraits"], probes: Sequence["Probe"], arguments: argparse.Namespace, looker: "Scorer"
) -> dict[str, Any]:
    """The contents of ``probe.json``: what was measured, what came of it, and how the run was made."""
    from trainer.learning.save_pretrained import revision

    model = looker.engine().model
    made = {
        "arguments": {
            name: value if value is None or isinstance(value, int | list) else str(value) for name, value in vars(arguments).items()
        },
        "model": model.id,
        "model_revision": model.revision,
        "threshold": model.settings.fake_from,
        "detector": looker.engine().finder.name,
        "git_revision": revision(),
    }
    return {
        "sources": [asdict(source) for source in sources],
        "probes": [asdict(each) | {"says": each.says} for each in probes],
        "run": made,
    }


if __name__ == "__main__":
    sys.exit(main())
