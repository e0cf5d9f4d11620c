"""“Check what I see” in a real Chromium: frames of real videos in real pages, sent to a real server, with its verdict in the panel.

See also: what goes wrong (``test_capture_faults.py``), a person's own hand (``test_native_input.py``).
"""

import io
from itertools import pairwise
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import expect

from telltale.video.frames import spread
from tests.support.browser.capture_pages import KEPT, MSE, PLAYER, Stage, eventually, fragmented, playing, point, press, shown
from tests.support.media.long_videos import short_video
from tests.support.verdicts import HEADLINES

pytestmark = pytest.mark.browser

VERDICTS = [headline for verdict, headline in HEADLINES.items() if verdict != "no_face"]
PATIENCE = 90_000
FROM_BLOB = """<script>
for (const element of document.querySelectorAll("PLACE"))
  fetch("FILE").then((answer) => answer.blob()).then((blob) => { element.src = URL.createObjectURL(blob); });
</script>"""
TRAPS = """() => {
  const many = (number, tag) => Array.from({ length: number }, () => document.createElement(tag));
  document.body.prepend(...many(100000, "i"));
  document.body.append(...many(1000, "video"));
  const names = ["createTreeWalker", "querySelectorAll", "createElement"].map((name) => Object.assign(new Image(), { name }));
  const form = document.createElement("form");
  const fields = ["parentElement", "getRootNode", "matches", "querySelectorAll"];
  form.append(...fields.map((name) => Object.assign(document.createElement("input"), { name })));
  document.body.append(...names, Object.assign(document.createElement("a"), { id: "telltaleEyes" }), form);
  form.append(document.querySelector("video"));
  document.querySelector("form video").play();
  const owned = () => { document.title = "owned"; throw new Error("owned"); };
  Object.defineProperty(Object.prototype, "kind", { get: owned });
  Element.prototype.matches = Element.prototype.getBoundingClientRect = HTMLCanvasElement.prototype.toBlob = owned;
}"""
POSTS = [
    ("<article><a href=/other>x</a><a href=/talks/7><time>2 h</time></a>VIDEO</article>", "/talks/7"),
    ("<article><a href=/u/anna>Anna</a><a rel='nofollow bookmark' href='/anna/7?a=1#top'>link</a><p>VIDEO</p></article>", "/anna/7?a=1"),
    ("<div role=article><a href=/anna>Anna</a><a href=/anna/status/77>2 h</a>VIDEO</div>", "/anna/status/77"),
    ("<div permalink=/r/talks/comments/7/it/>VIDEO</div>", "/r/talks/comments/7/it/"),
    ("<article><form><input name=parentElement><a href=/talks/8><time>1 h</time></a>VIDEO</form></article>", "/talks/8"),
    ("<article><a href=https://example.org/anna/status/7><time>2 h</time></a>VIDEO</article>", ""),
    ("<article><a href=/talks/9><time>3 h</time></a></article><div>VIDEO</div>", ""),
    ("<article><a href='javascript:1'><time>3 h</time></a>VIDEO</article>", ""),
]
"""Posts as sites write them, and the address that each has; none where only that of the page is known."""
AROUND = """([page, sources]) => Promise.all([
  chrome.tabs.query({}), import("/capture/content-script-client.js"),
]).then(async ([tabs, { postAround }]) => {
  const { id } = tabs.find(({ url }) => url === page), found = [];
  for (const source of sources) found.push(await postAround(id, 0, source));
  return found;
})"""


# Frames


def test_playing_video_of_a_media_source_gets_its_verdict(stage: Stage, drawn_video: Path) -> None:
    fragmented(drawn_video, stage.web.folder / "drawn-in-fragments.mp4")
    page = playing(stage.visit(MSE.replace("NAME", "'drawn-in-fragments.mp4'"), title="A talk <b>& more</b> " + "ü" * 200))
    assert page.evaluate("document.querySelector('video').src").startswith("blob:")
    panel = press(stage.extension, page)
    expect(panel.locator(".verdict h2")).to_be_visible(timeout=PATIENCE)
    assert panel.locator(".verdict h2").inner_text() in VERDICTS
    expect(panel.locator(".verdict .name")).to_contain_text("A talk <b>& more</b> üü")
    assert panel.locator(".timeline circle").count() > 0
    assert stage.relay.posts == [] and len(stage.relay.captured) == 1
    captured = stage.relay.captured[0]
    assert 12 <= len(captured.times) <= 16
    assert all(later > sooner for sooner, later in pairwise(captured.times)) and captured.times[-1] - captured.times[0] > 2
    assert {shown(picture).shape for picture in captured.pictures} == {shown(captured.pictures[0]).shape}
    assert page.url not in stage.relay.bodies[0].decode("latin-1")
    assert panel.evaluate(KEPT) == 0


def test_whole_video_is_looked_through_and_put_back(stage: Stage, tmp_path: Path) -> None:
    fragmented(short_video(tmp_path / "brightening.mp4", "h264"), stage.web.folder / "brightening.mp4")
    page = playing(stage.visit(MSE.replace("NAME", "'brightening.mp4'")))
    page.evaluate("document.querySelector('video').currentTime = 13")
    duration = page.evaluate("document.querySelector('video').duration")
    press(stage.extension, page, "Whole video")
    captured = stage.sent()
    assert np.abs(np.array(captured.times) - spread(duration, 32)).max() < 0.11
    brightness = np.array([shown(picture).mean() for picture in captured.pictures])
    assert np.corrcoef(brightness, captured.times)[0, 1] > 0.999
    assert 13 <= page.evaluate("document.querySelector('video').currentTime") < 17
    assert page.evaluate("document.querySelector('video').paused") is False


def test_video_in_a_page_full_of_traps_that_swallows_the_right_click_is_found(stage: Stage) -> None:
    page = playing(stage.visit(PLAYER))
    page.evaluate("document.body.oncontextmenu = () => false")
    page.evaluate(TRAPS)
    press(stage.extension, page)
    captured = stage.sent()
    assert len(captured.times) > 8 and shown(captured.pictures[0]).std() > 20
    assert captured.name == page.title() == "A talk"


def test_video_in_a_frame_and_behind_a_closed_shadow_is_found(stage: Stage) -> None:
    shadow = """<div></div><script>
        const root = document.querySelector("div").attachShadow({ mode: "closed" });
        root.innerHTML = "<video src=seen.mp4 autoplay muted loop></video>";
        globalThis.started = () => root.querySelector("video").currentTime > 0;
    </script>"""
    stage.visit(shadow, name="inner").close()
    page = stage.visit("<iframe src=inner.html width=340 height=300></iframe>")
    page.frames[1].wait_for_function("started()")
    press(stage.extension, page)
    assert shown(stage.sent().pictures[0]).std() > 20


def test_picture_without_an_address_is_checked_as_it_is_seen(stage: Stage) -> None:
    with av.open(str(stage.web.folder / "seen.mp4")) as container:
        face = next(container.decode(video=0)).to_image()
    (stage.web.folder / "face.jpg").write_bytes(as_jpeg(face))
    page = stage.visit("<img width=300>" + FROM_BLOB.replace("FILE", "face.jpg").replace("PLACE", "img") + PLAYER)
    page.wait_for_function("document.images[0].naturalWidth > 0")
    panel = point(stage.extension, page, "image", srcUrl=page.evaluate("document.images[0].src"))
    expect(panel.locator(".problem")).to_contain_text("has no address of its own")
    panel.locator("#see").get_by_role("button", name="Check what I see").click()
    captured = stage.sent()
    assert captured.times == [0] and shown(captured.pictures[0]).shape == np.asarray(face).shape


def as_jpeg(picture: Image.Image) -> bytes:
    """A picture as a file."""
    file = io.BytesIO()
    picture.save(file, "JPEG")
    return file.getvalue()


# Addresses


def test_video_without_an_address_is_checked_by_its_post(stage: Stage) -> None:
    posts = "".join(post.replace("VIDEO", "<video muted preload=none></video>") for post, _ in POSTS)
    page = stage.visit(posts + FROM_BLOB.replace("FILE", "seen.mp4").replace("PLACE", "video"))
    page.wait_for_function("[...document.querySelectorAll('video')].every((video) => video.currentSrc)")
    sources = page.evaluate("[...document.querySelectorAll('video')].map((video) => video.currentSrc)")
    panel = point(stage.extension, page, "video", srcUrl=sources[0])
    eventually(lambda: stage.web.url + POSTS[0][1] in stage.relay.posts)  # an earlier test's panel may still send its own
    assert panel.evaluate(AROUND, [page.url, sources]) == [path and stage.web.url + path for _, path in POSTS]
    point(stage.extension, page, "video", srcUrl=sources[-1])
    eventually(lambda: page.url in stage.relay.posts)
    assert not [post for post in stage.relay.posts if post.startswith("blob:")]


def test_selected_address_is_checked_and_a_selection_without_one_offers_what_is_seen(stage: Stage) -> None:
    page = stage.visit("text")
    panel = point(stage.extension, page, "selection", selectionText="no address here")
    expect(panel.locator(".problem")).to_contain_text("Use “Check what I see” instead")
    expect(panel.locator("#see").get_by_role("button", name="Check what I see")).to_be_visible()
    assert stage.relay.calls == []
    point(stage.extension, page, "selection", selectionText=f"(see {stage.web.url}/seen.mp4)")
    eventually(lambda: stage.relay.posts)
    assert stage.relay.posts == [f"{stage.web.url}/seen.mp4"]
