"""What came of one row of the list of hostile addresses, and whether it is what the row's "then" asks for.

See also: playing the rows (``hostile_urls.py``).
"""

from collections.abc import Callable
from dataclasses import dataclass

from telltale.net.limits import FetchLimits
from tests.support.web.stub_servers import PUBLIC, Row

LIMITS = FetchLimits(max_bytes=3_000_000, max_seconds=25)
MOST = LIMITS.max_bytes + 33_000_000
"""Bytes that may come in for one row: of the video, and of pages before it."""


@dataclass(frozen=True)
class Came:
    """What came of one row: the code of its refusal or none, seconds, bytes read, title, what the resolver said, what sites were asked
    (host, path, names of the fields sent), files and processes left at once, and whether a secret is in the words.
    """

    id: str
    code: str | None
    seconds: float
    received: int
    title: str | None
    answers: tuple[str, ...]
    asked: tuple[tuple[str, str, tuple[str, ...]], ...]
    files: tuple[str, ...]
    processes: int
    leaked: bool


def only_name(came: Came) -> bool:
    """Whether what was fetched has its one name, and its title is one line of text."""
    return came.code is None and came.files == ("download",) and (came.title or "").isprintable()


def no_cookie_elsewhere(came: Came) -> bool:
    """Whether another host was asked, and without a cookie."""
    elsewhere = [fields for host, _, fields in came.asked if host == "pub2.test"]
    return came.code is None and bool(elsewhere) and not any("cookie" in fields for fields in elsewhere)


def no_authorization(came: Came) -> bool:
    """Whether the site was asked, and never with a password."""
    return came.code is not None and bool(came.asked) and not any("authorization" in fields for _, _, fields in came.asked)


JUDGES: dict[str, Callable[[Came], bool]] = {
    "refuse": lambda came: came.code is not None,
    "refuse_within_6s": lambda came: came.code is not None and came.seconds < 6,
    "stop_at_size_limit": lambda came: came.received <= LIMITS.max_bytes + 2_000_000 or came.code == "fetch.too_large",
    "stop_at_time_limit": lambda came: came.code == "fetch.timeout" and came.seconds < LIMITS.max_seconds + 10,
    "refuse_or_bounded_60s": lambda came: came.seconds < 60,
    "no_cookie_on_other_host": no_cookie_elsewhere,
    "fixed_file_name_and_text_only": only_name,
    "no_authorization_header_sent": no_authorization,
}
"""What a row's "then" asks for -> whether it came so. A word that is not here is an error: there is none that is not checked."""


def wrong(came: Came, row: Row) -> list[str]:
    """What is wrong with what came of a row."""
    lucky = came.code is None and "random" in row.get("resolver", {}) and set(came.answers) == {PUBLIC}
    judged = {
        row["then"]: lucky or JUDGES[row["then"]](came),
        "bytes": came.received <= MOST,
        "seconds": came.seconds < 60,
        "files": came.files == (() if came.code else ("download",)),
        "processes": came.processes == 0,
        "words": not came.leaked,
    }
    return [f"{came.id}: {what}: {came}" for what, fine in judged.items() if not fine]
