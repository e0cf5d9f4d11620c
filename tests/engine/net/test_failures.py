"""telltale/net/failures.py: what yt-dlp's extractors and the sites behind them really say, sorted by what a user can do about it.

The sentences are those of the installed yt-dlp where it holds them itself; what YouTube, Vimeo and others answer is quoted by its
extractors' tests and handlers. See also: real pages (``tests/engine/fetch/test_ytdlp.py``).
"""

from pathlib import Path

import pytest
import yt_dlp
from yt_dlp.extractor.common import InfoExtractor
from yt_dlp.utils import ExtractorError

from telltale.net.failures import SAID, failure_of, refusal

EXTRACTORS = Path(yt_dlp.__file__).parent / "extractor"
IN_YT_DLP = {
    "fetch.login": [
        "This video is only available for registered users",
        *("This content is only available for registered users who follow this account", "This video requires a subscription"),
        *("This video is for premium members only", "This video is only available for subscribers"),
        *("You need to log in to access this content", "You are not authorized to view this protected tweet"),
        *("You need to purchase the course to download this episode", "Private video. Login if you have permissions to watch"),
        "Quarantined subreddit; an account that has opted in is required",
    ],
    "fetch.age": [
        "This video is only available for age verified users or after 22:00",
        "Adult verification is required for this stream",
        "Login is required to access age-restricted content",
        "NSFW tweet requires authentication",
    ],
    "fetch.region": [
        "This video is not available from your location due to geo restriction",
        "This video is either unavailable in your region or is DRM protected",
    ],
    "fetch.robot": [
        "You have exceeded the rate-limit for accessing posts anonymously",
        "Your IP address is blocked from accessing this post",
        "Unable to solve JS challenge",
    ],
    "fetch.drm": ["This video is DRM protected", "This video is probably DRM protected."],
    "fetch.live": [
        "The channel is not currently live",
        "This livestream has ended",
        "This livestream has not yet started",
        "This livestream is scheduled to start at {start_time}",
        "Twitter Space not started yet",
    ],
    "fetch.gone": [
        "This video is no longer available",
        "Video {video_id} has been removed",
        "Tweet has been deleted",
        "Video %s is no longer available, because its author has been blocked.",
        "This video has expired and is no longer available for online streaming.",
        "This video does not exist",
        "The link is expired",
    ],
    "fetch.not_a_video": [
        "There is no video in this post",
        "No video could be found in this tweet",
        "{display_id} is not a video",
        "No video formats found!",
        "This account does not have any videos posted",
    ],
}
"""Code -> sentences that stand in the installed yt-dlp."""
BY_SITES = {
    "fetch.robot": ["Sign in to confirm you’re not a bot. Use --cookies-from-browser or --cookies for the authentication."],
    "fetch.age": [
        "Sign in to confirm your age. This video may be inappropriate for some users.",
        "This video is age-restricted and only available on YouTube",
    ],
    "fetch.login": [
        "Private video. Sign in if you've been granted access to this video",
        "Video unavailable. This video is private",
        "Join this channel to get access to members-only content like this video, and other exclusive perks.",
        "This video requires payment to watch.",
        "Music Premium members only. This video is only available to Music Premium members",
    ],
    "fetch.region": [
        "Video unavailable. The uploader has not made this video available in your country",
        "The uploader has not made this video available in your country. You might want to use a VPN or a proxy server",
    ],
    "fetch.live": ["Premieres in 5 days", "This live event will begin in 3 hours.", "This live stream recording is not available."],
    "fetch.gone": [
        "Video unavailable",
        "Video unavailable. This video has been removed by the uploader",
        "This video is no longer available because the YouTube account associated with this video has been terminated.",
        "Video unavailable. This video is no longer available due to a copyright claim by Example Media",
        "This video has been removed for violating YouTube's Community Guidelines",
    ],
}
"""Code -> what sites answer and extractors pass on."""


def cases(table: dict[str, list[str]]) -> list[tuple[str, str]]:
    """Sentence and code, one by one."""
    return [(said, code) for code, sentences in table.items() for said in sentences]


@pytest.mark.parametrize(("said", "code"), cases(IN_YT_DLP) + cases(BY_SITES))
def test_what_is_said_has_its_code_and_a_sentence_of_our_own(said: str, code: str) -> None:
    failure = failure_of(ExtractorError(said, expected=True))
    assert (failure.code, failure.variant) == (code, "") and said not in failure.sentence


def test_the_table_is_what_yt_dlp_says() -> None:
    """A yt-dlp that says it otherwise is noticed here."""
    text = "".join(path.read_text(encoding="utf-8").replace("\\'", "'") for path in EXTRACTORS.rglob("*.py"))
    text += (EXTRACTORS.parent / "utils" / "_utils.py").read_text(encoding="utf-8") + (EXTRACTORS.parent / "YoutubeDL.py").read_text()
    assert [said for said, _ in cases(IN_YT_DLP) if said not in text] == []


@pytest.mark.parametrize(
    ("tell", "code"),
    [
        (lambda page: page.raise_login_required(), "fetch.login"),
        (lambda page: page.raise_login_required("Unable to access this video", method="cookies"), "fetch.login"),
        (lambda page: page.raise_geo_restricted("This video is available in Taiwan only", countries=["TW"]), "fetch.region"),
        (lambda page: page.report_drm("x"), "fetch.drm"),
        (lambda page: page.raise_no_formats("There is no video in this post", expected=True), "fetch.not_a_video"),
        (lambda page: page.raise_no_formats("No formats", expected=True), "fetch.upstream"),
    ],
)
def test_how_extractors_tell(tell, code: str) -> None:  # type: ignore[no-untyped-def]
    with yt_dlp.YoutubeDL({"quiet": True}) as downloader, pytest.raises(ExtractorError) as caught:
        tell(InfoExtractor(downloader))
    assert failure_of(caught.value).code == code


def test_every_way_in_which_a_page_refuses_has_a_message_of_its_own() -> None:
    told = [refusal(code).sentence for code in sorted({code for code, _ in SAID})]
    assert len(set(told)) == len(told) == 8
