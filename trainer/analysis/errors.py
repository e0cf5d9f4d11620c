"""Contact sheets of everything that a model got wrong or left open on the files of an evaluation, to be looked at.

    python -m trainer.evaluate --model hub_card --manifest ../shared/data/manifest.jsonl --sources dfd,intel --out runs/test
    python -m trainer.analysis.errors --scores runs/test --manifest ../shared/data/manifest.jsonl --out ../misses

Leaves numbered JPEG pages for each kind of miss (reals called fake, fakes called real, cannot tell, no face), the most telling first, with
up to six faces of every video or of the stills of one clip, and last ``misses.json``: how many there are by kind, source and method, and
what limited their verdicts. Where faces were found is looked up again in the files; no model is asked. The pages show real people: a
folder within a git work tree is refused unless git ignores it. See also: what a miss is (``misclassified.py``) and how a page is drawn
(``error_sheets.py``).
"""

import argparse
import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from telltale.core.errors import BadRequest, TelltaleError

if TYPE_CHECKING:
    from trainer.analysis.misclassified import Kind, Misclassified

PER_PAGE = 12


def main(arguments: list[str] | None = None) -> int:
    """The command line; see the module's docstring."""
    options = parser().parse_args(arguments)
    try:
        print(misses(options))
    except TelltaleError as error:
        print(f"{error.code}: {error.sentence}", file=sys.stderr)
        return error.exit
    return 0


def parser() -> argparse.ArgumentParser:
    """The arguments."""
    made = argparse.ArgumentParser(prog="python -m trainer.analysis.errors", description=(__doc__ or "").split("\n")[0])
    made.add_argument("--scores", type=Path, required=True, help="folder of an evaluation, or its scores.jsonl")
    made.add_argument("--manifest", type=Path, nargs="+", required=True, help="the manifests that were evaluated")
    made.add_argument("--out", type=Path, required=True, help="folder of the pages, outside any git work tree or ignored there")
    made.add_argument("--run", help="which run of the scores file, where it holds several")
    made.add_argument("--insightface-root", type=Path, help="folder with models/PACK/ of InsightFace, where the run used it")
    return made


def misses(options: argparse.Namespace) -> str:
    """Find, draw and count; returns the counts in words. Raises TelltaleError."""
    from tqdm import tqdm

    from telltale.faces.detectors import load_face_detector
    from trainer.analysis.error_sheets import page_of, strip_of
    from trainer.analysis.misclassified import KINDS, counts, find_misclassified, frames_of
    from trainer.analysis.saved_scores import read_kept

    check_private(options.out)
    found = find_misclassified(read_kept(options.scores, options.manifest, options.run))
    options.out.mkdir(parents=True, exist_ok=True)
    for stale in (page for kind in KINDS for page in options.out.glob(f"{file_name(kind)}-[0-9][0-9].jpg")):
        stale.unlink()
    if found:
        run = found[0].files[0].score.run
        finder = load_face_detector("insightface" if " insightface " in run else "mtcnn", insightface_root=options.insightface_root)
        for kind in KINDS:
            these = [each for each in found if each.kind == kind]
            for number, start in enumerate(range(0, len(these), PER_PAGE), start=1):
                part = these[start : start + PER_PAGE]
                strips = [strip_of(each, finder, frames_of(run)) for each in tqdm(part, desc=f"{kind} {number}", unit=" strips")]
                title = f"{kind}: {start + 1} to {start + len(part)} of {len(these)}"
                (options.out / f"{file_name(kind)}-{number:02}.jpg").write_bytes(page_of(title, strips))
    counted = counts(found)
    part_file = options.out / ".misses.json"
    part_file.write_text(json.dumps({"scores": str(options.scores), **counted}, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    part_file.replace(options.out / "misses.json")
    return in_words(found)


def file_name(kind: "Kind") -> str:
    """How the pages of a kind are called."""
    return kind.replace(",", "").replace(" ", "-")


def in_words(found: "tuple[Misclassified, ...]") -> str:
    """A line for each kind."""
    from trainer.analysis.misclassified import KINDS

    lines = []
    for kind in KINDS:
        these = [each for each in found if each.kind == kind]
        sources = sorted({each.source for each in these})
        stills = sum(file.row.still for each in these for file in each.files)
        videos = sum(len(each.files) for each in these) - stills
        lines.append(f"{kind}: videos {videos}, stills {stills} ({', '.join(sources) or 'none'})")
    return "\n".join(lines)


def check_private(folder: Path) -> None:
    """Raises BadRequest for a folder whose pictures git might pick up."""
    place = folder.resolve()
    tree = next((parent for parent in (place, *place.parents) if (parent / ".git").exists()), None)
    if tree is None:
        return
    try:
        ignored = subprocess.run(["git", "check-ignore", "-q", str(place / "page.jpg")], cwd=tree, capture_output=True, check=False)
    except OSError:
        ignored = None
    if ignored is None or ignored.returncode != 0:
        raise BadRequest(
            "request.invalid",
            text=f"{folder} lies in the git work tree {tree} and is not ignored there: the pages show real people.",
        )


if __name__ == "__main__":
    sys.exit(main())
