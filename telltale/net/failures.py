"""Why an address gives no video that can be checked: each reason with its own code, a plain sentence, and what to do instead.

yt-dlp tells most reasons in words that hundreds of extractors wrote; they are sorted here by what they say, and never passed on. Not
here: which addresses may not be fetched at all (``url_policy.py``); finding the video (``telltale/fetch/ytdlp.py``).
"""

import errno
from collections.abc import Iterator

from telltale.core.errors import FetchFailed

SAID = (
    ("fetch.robot", ("not a bot", "captcha", "anti-bot", "are human", "unusual traffic", "cloudflare")),
    ("fetch.robot", ("rate-limit", "rate limit", "challenge", "ip address is blocked", "ip is blocked", "too many requests")),
    ("fetch.age", ("your age", "age-restricted", "age restricted", "age verif", "age-gate", "age limit", "adult content", "age check")),
    ("fetch.age", ("age verified", "adult verification", "nsfw", "inappropriate for some")),
    ("fetch.region", ("geo restrict", "geo-restrict", "geo block", "geo-block", "georestrict", "your country", "your region")),
    ("fetch.region", ("your location", "your territory", "this country", "this region", "certain countries", "outside of")),
    ("fetch.drm", ("drm", "encrypted media", "widevine", "fairplay")),
    ("fetch.live", ("live event", "live stream", "livestream", "not currently live", "is offline", "now offline", "not live", "upcoming")),
    ("fetch.live", ("premieres in", "premiere will", "will begin", "not started", "yet started", "not yet begun", "scheduled to start")),
    ("fetch.gone", ("no longer available", "been removed", "been deleted", "was deleted", "removed by", "terminated", "not exist")),
    ("fetch.gone", ("has expired", "is expired", "already expired", "likely expired", "copyright", "isn't available anymore")),
    ("fetch.not_a_video", ("not a video", "no playable", "does not have any video", "doesn't have any video", "is an image")),
    ("fetch.login", ("log in", "login", "logged in", "sign in", "signed in", "cookies", "logged-in", "log into", "members")),
    ("fetch.login", ("is private", "are private", "private video", "private post", "protected", "not authorized", "payment", "premium")),
    ("fetch.login", ("registered", "password", "subscri", "account", "authenticat", "purchase", "followers")),
    (
        "fetch.gone",
        ("video unavailable", "is unavailable", "not available anymore", "video not available", "video not found", "content not found"),
    ),
    ("fetch.not_a_video", ("no video", "requested format is not available", "unsupported url", "no media found", "no suitable extractor")),
)
"""Words of extractors, in lower case, by what they mean; the first group that is found counts."""


def refusal(code: str) -> FetchFailed:
    """The reason that is always told alike."""
    return FetchFailed(code)


def too_large(max_bytes: int) -> FetchFailed:
    """The failure that names the bound of bytes."""
    return FetchFailed("fetch.too_large", "bytes", most=float(f"{max_bytes / 1e6:.3g}"))


def too_many(max_requests: int) -> FetchFailed:
    """The failure that names the bound of requests."""
    return FetchFailed("fetch.too_large", "requests", most=max_requests)


def too_long(max_duration: float) -> FetchFailed:
    """The failure that names the bound of seconds."""
    if max_duration >= 7200:
        return FetchFailed("fetch.too_large", "hours", most=float(f"{max_duration / 3600:.3g}"))
    return FetchFailed("fetch.too_large", "minutes", most=float(f"{max_duration / 60:.3g}"))


def failure_of(error: BaseException) -> FetchFailed:
    """Whatever went wrong in yt-dlp, as a code and a plain sentence that quotes nothing."""
    from yt_dlp.networking.exceptions import CertificateVerifyError, HTTPError, TransportError
    from yt_dlp.utils import ExtractorError, GeoRestrictedError, UnsupportedError, UserNotLive

    kinds = ((GeoRestrictedError, "fetch.region"), (UserNotLive, "fetch.live"), (UnsupportedError, "fetch.not_a_video"))
    chain = list(causes(error))
    said = " ".join(cause.orig_msg for cause in chain if isinstance(cause, ExtractorError)) or str(error)
    for cause in chain:
        if isinstance(cause, FetchFailed):
            return cause
        if isinstance(cause, HTTPError):
            return refusal("fetch.robot") if "anti-bot" in said else answer_of(cause.status, cause.redirect_loop)
        if isinstance(cause, MemoryError) or (isinstance(cause, OSError) and cause.errno in (errno.EFBIG, errno.ENOSPC)):
            return FetchFailed("fetch.too_large", "unknown")
        if isinstance(cause, TimeoutError):
            return FetchFailed("fetch.timeout")
        if isinstance(cause, CertificateVerifyError):
            return FetchFailed("fetch.upstream", "certificate")
        for kind, code in kinds:
            if isinstance(cause, kind):
                return refusal(code)
    if any(isinstance(cause, TransportError) for cause in chain):
        return FetchFailed("fetch.upstream", "connection")
    return failure_of_extractor(said)


def causes(error: BaseException | None) -> Iterator[BaseException]:
    """An exception and all that led to it, as Python and yt-dlp each keep them."""
    waiting, seen = [error], set[int]()
    while waiting:
        cause = waiting.pop(0)
        if isinstance(cause, BaseException) and id(cause) not in seen:
            seen.add(id(cause))
            yield cause
            kept = getattr(cause, "exc_info", None) or (None, None)
            waiting += [getattr(cause, "cause", None), kept[1], cause.__cause__, cause.__context__]


def answer_of(status: int, circular: bool = False) -> FetchFailed:
    """An HTTP status, in words."""
    if circular:
        return FetchFailed("fetch.upstream", "circular")
    if status == 401:
        return refusal("fetch.login")
    if status == 451:
        return refusal("fetch.region")
    if status in (403, 429):
        return FetchFailed("fetch.upstream", "refused", status=status)
    if status in (404, 410):
        return refusal("fetch.gone")
    return FetchFailed("fetch.upstream", "status", status=status)


def failure_of_extractor(said: str) -> FetchFailed:
    """What an extractor reports, sorted by its words; the words themselves are not passed on."""
    lower = said.lower()
    for code, words in SAID:
        if any(word in lower for word in words):
            return refusal(code)
    return FetchFailed("fetch.upstream", "page")
