"""Publish a trained model to the Hub: its card rendered from what was measured, and everything in one commit.

    python -m trainer.publish --model runs/small/model --metrics runs/evaluation --repo owner/name --dry-run
    python -m trainer.publish --model runs/small/model --metrics runs/evaluation --repo owner/name

Sends the weights, the JSON files, ``onnx/``, the card, its pictures and the licence, and nothing else; what an earlier publication sent
and this one does not have is taken away in the same commit. A run that is killed leaves the repository as it was. The token is the one of
``hf auth login`` or HF_TOKEN; it is not printed. The card lies in ``--out`` before anything is sent. A folder without an ONNX file gets
one first (``export.py``); nothing else in it changes. A frozen encoder with a head (``head.py``) has no model.safetensors: one for
transformers is made in ``--out`` (``frozen/checkpoint.py``). See also: the card's words (``card.py``).
"""

import argparse
import json
import sys
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path
from typing import TYPE_CHECKING, Any

from telltale.core.errors import BadRequest, FetchFailed, TelltaleError
from telltale.core.model_settings import FILE as SETTINGS
from telltale.core.model_settings import read_settings, write_settings
from telltale.core.report import KeptOutVerdicts
from telltale.model.checksums import LIST, WEIGHTS, sums_of_files

if TYPE_CHECKING:
    from trainer.hub.card_facts import Facts
    from trainer.hub.licence import Licence

OWN = (
    "config.json",
    "preprocessor_config.json",
    "model.safetensors",
    "telltale.json",
    "seam_head.safetensors",
    "leave_one_source_out.json",
    "onnx/*.onnx",
    "onnx/weights.bin",
    "onnx/export.json",
    "onnx/engines.json",
)
"""What is sent of a model's folder."""
RENDERED = ("README.md", LIST, "LICENSE.md", "metrics.json", "figures/*.png")


@dataclass(frozen=True)
class PublishedFile:
    """One file: where it lies and where it goes."""

    path: Path
    place: str


def stage(facts: "Facts", repo: str, title: str | None, licence: "Licence", out: Path) -> list[PublishedFile]:
    """Write the card and what it shows to ``out``, and the model's list of sums; everything that is to be sent, in order."""
    from trainer.hub.licence import licence_text
    from trainer.hub.model_card import render

    (out / "figures").mkdir(parents=True, exist_ok=True)
    own = [with_tested(file, facts, out) for file in list_model_files(facts.folder, out)]
    texts = {"README.md": render(facts, repo, title, licence), LIST: sums_of_files({file.place: file.path for file in own})}
    if terms := licence_text(facts, licence):
        texts["LICENSE.md"] = terms
    if facts.metrics:
        texts["metrics.json"] = json.dumps(without_names(facts.metrics), indent=1, ensure_ascii=False) + "\n"
    for name, text in texts.items():
        write(out / name, text.encode())
    for name, path in facts.pictures.items():
        write(out / "figures" / name, path.read_bytes())
    rendered = [PublishedFile(out / name, name) for name in (*texts, *(f"figures/{name}" for name in facts.pictures))]
    return [*rendered, *own]


def with_tested(file: PublishedFile, facts: "Facts", out: Path) -> PublishedFile:
    """The file, or instead of the model's settings a copy of them in ``out`` that tells what the verdicts were on kept-out videos."""
    videos = (facts.metrics or {}).get("videos")
    if file.place != SETTINGS or not videos or out.resolve() == facts.folder.resolve():
        return file
    alarms, found = videos["verdicts"]["likely_fake"]
    tested = KeptOutVerdicts(reals=videos["reals"], reals_called_fake=alarms, fakes=videos["fakes"], fakes_found=found)
    write_settings(out, read_settings(facts.folder).model_copy(update={"tested": tested}))
    return PublishedFile(out / SETTINGS, SETTINGS)


def list_model_files(folder: Path, out: Path) -> list[PublishedFile]:
    """What is sent of a model's folder, with a checkpoint for transformers in ``out`` where the folder has none."""
    own = sorted({path for pattern in OWN for path in folder.glob(pattern) if not path.name.startswith(".")})
    files = [PublishedFile(path, path.relative_to(folder).as_posix()) for path in own]
    if (folder / WEIGHTS).is_file():
        return files
    from trainer.frozen.checkpoint import write_checkpoint

    if out.resolve() == folder.resolve():
        raise BadRequest("request.invalid", text=f"{folder} is the model's own folder, which stays as it is: name another --out.")
    write_checkpoint(folder, out / WEIGHTS)
    return sorted([*files, PublishedFile(out / WEIGHTS, WEIGHTS)], key=lambda file: file.place)


def without_names(metrics: dict[str, Any]) -> dict[str, Any]:
    """The figures without the names of files and folders, which say nothing to others and may say too much."""
    counted = {key: len(metrics[key]) for key in ("without_face", "unreadable") if isinstance(metrics.get(key), list)}
    run = {key: value for key, value in metrics.get("run", {}).items() if key not in ("arguments", "model")}
    return metrics | counted | ({"run": run} if run else {})


def write(path: Path, content: bytes) -> None:
    """Write under a temporary name, then rename."""
    part = path.with_name(f".{path.name}")
    part.write_bytes(content)
    part.rename(path)


def send(files: list[PublishedFile], repo: str, endpoint: str | None, private: bool, message: str) -> str:
    """Create the repository where there is none and commit everything at once; the commit's address. Raises FetchFailed."""
    from httpx2 import HTTPError
    from huggingface_hub import CommitOperationAdd, CommitOperationDelete, HfApi
    from huggingface_hub.errors import HfHubHTTPError, LocalTokenNotFoundError

    api = HfApi(endpoint=endpoint)
    try:
        api.create_repo(repo, private=private or None, exist_ok=True)
        places = {file.place for file in files}
        gone = [name for name in api.list_repo_files(repo) if name not in places and any(fnmatch(name, each) for each in (*OWN, *RENDERED))]
        operations: list[CommitOperationAdd | CommitOperationDelete] = [
            *(CommitOperationAdd(path_in_repo=file.place, path_or_fileobj=file.path) for file in files),
            *(CommitOperationDelete(path_in_repo=name) for name in gone),
        ]
        # Not upload_folder: it may cut a large folder into several commits, and a kill between two would leave half a model.
        return str(api.create_commit(repo, operations, commit_message=message).commit_url)
    except LocalTokenNotFoundError as error:
        raise FetchFailed("fetch.login", text="The Hub wants to know who you are: `hf auth login`, or set HF_TOKEN.") from error
    except HfHubHTTPError as error:
        raise refusal(error.response.status_code, repo) from error
    except (HTTPError, RuntimeError, OSError) as error:  # RuntimeError: what the client makes of an upload that failed
        raise FetchFailed(
            "fetch.upstream", text=f"The Hub could not be reached, or broke off; {repo} is as it was. Publish again."
        ) from error


def refusal(status: int, repo: str) -> FetchFailed:
    """What an HTTP error of the Hub means."""
    if status in (401, 403):
        return FetchFailed(
            "fetch.login", text=f"The Hub does not let you write to {repo}: `hf auth login`, or set HF_TOKEN, with a token that may."
        )
    return FetchFailed("fetch.upstream", text=f"The Hub answered with an error (HTTP {status}); {repo} is as it was.")


def publish(given: argparse.Namespace) -> None:
    """Gather, render, list, and send unless it is a dry run. Raises TelltaleError."""
    from huggingface_hub.errors import HFValidationError
    from huggingface_hub.utils import validate_repo_id

    from trainer.hub.card_facts import gather
    from trainer.hub.licence import Licence

    try:
        validate_repo_id(given.repo)
    except HFValidationError as error:
        raise BadRequest("request.invalid", text=f"{given.repo!r} cannot be the name of a repository.") from error
    if given.repo.count("/") != 1:
        raise BadRequest("request.invalid", text=f"{given.repo!r} is not of the form owner/name.")
    if not given.model.is_dir():
        raise BadRequest("request.invalid", text=f"There is no model folder {given.model}.")
    if not (given.model / "onnx" / "model.onnx").is_file():
        from trainer.export import export, sentences

        print("\n".join(sentences(export(given.model))))
    facts = gather(given.model, given.metrics)
    files = stage(facts, given.repo, given.title, Licence(given.license), given.out or Path("runs/published") / given.repo.split("/")[1])
    for file in files:
        print(f"{file.path.stat().st_size / 1e6:9.3f} MB  {file.place}")
    total = sum(file.path.stat().st_size for file in files) / 1e6
    if given.dry_run:
        print(f"{total:9.3f} MB  in {len(files)} files would be sent to {given.repo}; nothing was. The card: {files[0].path}")
        return
    message = f"Weights {facts.revision}, with card and figures"
    print(f"{total:9.3f} MB  sent: {send(files, given.repo, given.endpoint, given.private, message)}")


def parser() -> argparse.ArgumentParser:
    """The arguments."""
    made = argparse.ArgumentParser(prog="python -m trainer.publish", description=(__doc__ or "").split("\n")[0])
    made.add_argument("--model", type=Path, required=True, help="folder of the model")
    made.add_argument("--metrics", type=Path, help="folder that trainer.evaluate wrote (default: metrics.json in the model's folder)")
    made.add_argument("--repo", required=True, metavar="OWNER/NAME", help="repository on the Hub; made where there is none")
    made.add_argument("--title", help="heading of the card (default: about.json's, else the repository's name)")
    made.add_argument("--license", help="the Hub's name of a licence, for weights learnt from your own media (default: research only)")
    made.add_argument("--out", type=Path, help="folder of the card and its pictures (default: runs/published/NAME)")
    made.add_argument("--endpoint", help="another Hub than the public one (default: HF_ENDPOINT)")
    made.add_argument("--private", action="store_true", help="make the repository private where it is new")
    made.add_argument("--dry-run", action="store_true", help="render the card and list what would be sent; send nothing")
    return made


def main(arguments: list[str] | None = None) -> int:
    """The command line; see the module's docstring."""
    given = parser().parse_args(arguments)
    try:
        publish(given)
    except TelltaleError as error:
        print(f"{error.code}: {error.sentence}", file=sys.stderr)
        return error.exit
    return 0


if __name__ == "__main__":
    sys.exit(main())
