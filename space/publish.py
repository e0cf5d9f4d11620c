"""Publish this project as a Space of Hugging Face's Hub: self-contained, in one commit.

    make space REPO=owner/name ARGS=--dry-run
    python -m space.publish --repo owner/name --private

Sends what serving needs and nothing else (``layout.py``); the same files again change nothing. The embedded model goes along
and needs no GPU. InsightFace's face detector goes along only from a folder that you name, and only if you accept its licence. A new Space
is made on ZeroGPU, which is free; of one that is there, hardware and visibility change only where you say so.
"""

import argparse
import subprocess
import sys
from pathlib import Path

from space.deploy.hub import FREE, Wish, send
from space.deploy.layout import ROOT, Choice, Sent, laid_out
from telltale.core.errors import BadRequest, TelltaleError


def find_detector_pack(folder: Path | None, accepted: bool) -> Path | None:
    """The detection model of the pack that is to go along. Raises BadRequest where its licence was not accepted, or none is there."""
    if folder is None and not accepted:
        return None
    if not accepted:
        sentence = "InsightFace's packs are for non-commercial research only. Say --accept-insightface-licence if that is what you do."
        raise BadRequest("request.invalid", text=sentence)
    from telltale.faces.detectors import insightface_pack

    folder = (folder or Path("~/.insightface")).expanduser()
    pack = insightface_pack(folder)
    if pack is None:
        raise BadRequest("request.invalid", text=f"No InsightFace pack with a face detector lies in {folder / 'models'}.")
    return pack


def check_name(name: str) -> None:
    """Raises BadRequest for anything but owner/name."""
    from huggingface_hub.errors import HFValidationError
    from huggingface_hub.utils import validate_repo_id

    try:
        validate_repo_id(name)
    except HFValidationError as error:
        raise BadRequest("request.invalid", text=f"{name!r} cannot be the name of a Space.") from error
    if name.count("/") != 1:
        raise BadRequest("request.invalid", text=f"{name!r} is not of the form owner/name.")


def git(*arguments: str) -> str:
    """What git says of this project; empty where it is no checkout."""
    try:
        return subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=True).stdout.rstrip()
    except (OSError, subprocess.CalledProcessError):
        return ""


def find_uncommitted(files: list[Sent]) -> list[str]:
    """Which of the files differ from what is committed."""
    changed = {line[3:] for line in git("status", "--porcelain", "--untracked-files=all").splitlines()}
    own = {file.content.relative_to(ROOT).as_posix() for file in files if isinstance(file.content, Path) and ROOT in file.content.parents}
    return sorted(changed & (own | {"space/README.md", "requirements.txt"}))


def say(text: str) -> None:
    """One line to whoever publishes."""
    sys.stdout.write(text + "\n")


def publish(given: argparse.Namespace) -> None:
    """Lay out, list, and send unless it is a dry run. Raises TelltaleError."""
    check_name(given.repo)
    if given.model:
        check_name(given.model.partition("@")[0])
    pack = find_detector_pack(given.insightface, given.accept_insightface_licence)
    files = laid_out(Choice(pack, given.model, zero=(given.hardware or FREE).startswith("zero")))
    for file in files:
        say(f"{file.size / 1e6:9.3f} MB  {file.place}")
    for name in find_uncommitted(files):
        sys.stderr.write(f"warning: {name} is not committed; it is published as it lies here\n")
    total = sum(file.size for file in files) / 1e6
    if given.dry_run:
        return say(f"{total:9.3f} MB  in {len(files)} files would be sent to the Space {given.repo}; nothing was.")
    variables = (("TELLTALE_MODEL", given.model),) if given.model else ()
    wish = Wish(given.repo, given.endpoint, given.private, given.hardware, variables)
    message = f"Telltale {git('describe', '--always', '--dirty')}".strip()
    say(f"{total:9.3f} MB  sent: {send(files, wish, message)}")


def parser() -> argparse.ArgumentParser:
    """The arguments."""
    made = argparse.ArgumentParser(prog="python -m space.publish", description=(__doc__ or "").split("\n")[0])
    made.add_argument("--repo", required=True, metavar="OWNER/NAME", help="the Space; made where there is none")
    made.add_argument("--dry-run", action="store_true", help="list the files with their sizes; send nothing, ask nothing")
    seen = made.add_mutually_exclusive_group()
    seen.add_argument("--private", action="store_const", const=True, help="only you may see it")
    seen.add_argument("--public", dest="private", action="store_const", const=False, help="everybody may see it")
    made.add_argument("--hardware", metavar="FLAVOUR", help=f"what it runs on, such as cpu-basic or t4-small (a new one: {FREE})")
    made.add_argument(
        "--model", metavar="OWNER/NAME", help="another classifier of the Hub, which may need a GPU (default: the embedded one)"
    )
    made.add_argument("--insightface", type=Path, metavar="DIR", help="folder with models/PACK/*.onnx (default: ~/.insightface)")
    made.add_argument(
        "--accept-insightface-licence", action="store_true", help="send its face detector along: for non-commercial research only"
    )
    made.add_argument("--endpoint", help="another Hub than the public one (default: HF_ENDPOINT)")
    return made


def main(arguments: list[str] | None = None) -> int:
    """The command line; see the module's docstring."""
    given = parser().parse_args(arguments)
    try:
        publish(given)
    except TelltaleError as error:
        sys.stderr.write(f"{error.code}: {error.sentence}\n")
        return error.exit
    return 0


if __name__ == "__main__":
    sys.exit(main())
