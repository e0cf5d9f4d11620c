"""Send a Space to the Hub: made where there is none, and everything in one commit. The same files again change nothing.

What is refused is refused before anything is changed: no token, a Space of another kind, a Space that holds something else. The token is
the one of ``hf auth login`` or HF_TOKEN; it is not printed. See also: what is sent (``layout.py``).
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from space.deploy.layout import AT_THE_ROOT, ROOMS, Sent
from telltale.core.errors import BadRequest, FetchFailed

if TYPE_CHECKING:
    from huggingface_hub import HfApi
    from huggingface_hub.hf_api import SpaceInfo

FREE = "zero-a10g"
"""ZeroGPU, which a free account may use; the embedded model takes only its CPU."""
OURS = (*(f"{room}/" for room in (*ROOMS, "insightface")), *AT_THE_ROOT)
"""What an earlier publication may have sent, and this one may take away."""


@dataclass(frozen=True)
class Wish:
    """Which Space, on which Hub, seen by whom, on what, with which variables. None leaves things as they are (or as the Hub makes them)."""

    repo: str
    endpoint: str | None = None
    private: bool | None = None
    hardware: str | None = None
    variables: tuple[tuple[str, str], ...] = ()


def send(files: list[Sent], wish: Wish, message: str) -> str:
    """Make or change the Space; the commit's address. Raises BadRequest, FetchFailed."""
    from huggingface_hub import CommitOperationAdd, CommitOperationDelete, HfApi, get_token

    if not get_token():
        raise FetchFailed("fetch.login", text="The Hub wants to know who you are: `hf auth login`, or set HF_TOKEN.")
    api = HfApi(endpoint=wish.endpoint)
    with translate_hub_errors(wish.repo):
        there = find_space(api, wish.repo)
        names = [each.rfilename for each in there.siblings or []] if there else []
        if there:
            refuse_another(there, names)
        prepare(api, wish, new=there is None)
        places = {file.place for file in files}
        gone = [name for name in names if name.startswith(OURS) and name not in places]
        operations: list[CommitOperationAdd | CommitOperationDelete] = [
            *(CommitOperationAdd(path_in_repo=file.place, path_or_fileobj=file.content) for file in files),
            *(CommitOperationDelete(path_in_repo=name) for name in gone),
        ]
        # Not upload_folder: it may cut a large folder into several commits, and a Space is built anew after each.
        return str(api.create_commit(wish.repo, operations, repo_type="space", commit_message=message).commit_url)


def find_space(api: "HfApi", repo: str) -> "SpaceInfo | None":
    """The Space, or None where there is none."""
    from huggingface_hub.errors import RepositoryNotFoundError

    try:
        return api.space_info(repo)
    except RepositoryNotFoundError as error:
        if error.response.status_code == 401:
            raise
        return None


def refuse_another(there: "SpaceInfo", names: list[str]) -> None:
    """Raises BadRequest for a Space that is not one of ours, nor empty."""
    if there.sdk != "gradio":
        raise BadRequest(
            "request.invalid", text=f"{there.id} is a Space of another kind ({there.sdk}); Telltale's is of the kind “gradio”."
        )
    if "app.py" in names and "telltale/pipeline.py" not in names:
        raise BadRequest(
            "request.invalid", text=f"{there.id} is a Space already, and holds another program. Choose a new name, or empty it first."
        )


def prepare(api: "HfApi", wish: Wish, *, new: bool) -> None:
    """Make the Space, or set what was asked for of one that is there."""
    if new:
        hardware: Any = wish.hardware or FREE
        api.create_repo(wish.repo, repo_type="space", space_sdk="gradio", space_hardware=hardware, private=wish.private)
    else:
        if wish.private is not None:
            api.update_repo_settings(wish.repo, repo_type="space", private=wish.private)
        if wish.hardware:
            api.request_space_hardware(wish.repo, wish.hardware)  # type: ignore[arg-type]
    for name, value in wish.variables:
        api.add_space_variable(wish.repo, name, value)


@contextmanager
def translate_hub_errors(repo: str) -> Iterator[None]:
    """The Hub's errors as sentences."""
    from httpx2 import HTTPError
    from huggingface_hub.errors import HfHubHTTPError

    try:
        yield
    except HfHubHTTPError as error:
        raise refusal(error.response.status_code, repo) from error
    except (HTTPError, RuntimeError, OSError) as error:  # RuntimeError: what the client makes of an upload that failed
        raise FetchFailed(
            "fetch.upstream", text=f"The Hub could not be reached, or broke off; {repo} has no new files. Publish again."
        ) from error


def refusal(status: int, repo: str) -> FetchFailed:
    """What an HTTP error of the Hub means."""
    if status in (401, 403):
        return FetchFailed(
            "fetch.login", text=f"The Hub does not let you write to {repo}: `hf auth login`, or set HF_TOKEN, with a token that may."
        )
    if status == 402:
        return FetchFailed(
            "fetch.login", text=f"Your plan at the Hub does not include this hardware for a Space. {FREE} is free (--hardware {FREE})."
        )
    return FetchFailed("fetch.upstream", text=f"The Hub answered with an error (HTTP {status}); {repo} has no new files.")
