"""The 85 bad and odd files, by group: A what is no media, B damaged, C bombs, D with nothing to look at, E odd but sound, F odd names.

How they are to be made follows the list beside the repository (../shared/security/bad_media.json); where FFmpeg's libraries in PyAV cannot
make one, it raises. See also: making them (``media_made.py``); what a file must come to is judged in ``media.py``.
"""

import random
import shutil
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Literal

from tests.promises import media_made as made
from tests.promises.media_made import cut, encode, flip, number, remux

Then = Literal["refused", "verdict", "either"]
LONG = "a" * 251 + ".mp4"
HLS = "#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:2,\nhttp://169.254.169.254/latest/meta-data/x.ts\n#EXT-X-ENDLIST\n"
SDP = "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\nm=video 5004 RTP/AVP 96\na=rtpmap:96 H264/90000\n"
SVG = (
    '<?xml version="1.0"?><!DOCTYPE s [<!ENTITY x SYSTEM "file:///etc/passwd">]><svg xmlns="http://www.w3.org/2000/svg"><text>&x;</text>'
    '<image href="http://169.254.169.254/"/></svg>'
)
KEY = {"encryption_key": "76a6c65c5ea762046bd749a2e632ccbb", "encryption_kid": "a7e61c373e219033c21091fa607bf3b8"}
QUIET = {"x265-params": "log-level=none", "preset": "ultrafast"}
BT2020, PQ, HLG, NCL = 9, 16, 18, 9


@dataclass(frozen=True)
class Sample:
    """One file: its group, its name, what it must come to, what writes it, and the refusal's code where only one is right."""

    group: str
    name: str
    then: Then
    make: Callable[[Path], object]
    code: str = ""
    slow: bool = False
    """Takes seconds to make."""


def bases(folder: Path) -> None:
    """What the others are made from."""
    encode(folder / "base.mp4", sound="aac")
    encode(folder / "base.webm", codec="libvpx-vp9", options={"deadline": "realtime", "cpu-used": "8"})
    remux(folder / "base.mp4", folder / "base.ts")
    encode(folder / "still.jpg", codec="mjpeg", kind="yuvj420p", frames=1, form="image2", muxer={"update": "1"})


def text(content: str) -> Callable[[Path], object]:
    """A file of text."""
    return lambda path: path.write_text(content)


def base(edit: Callable[..., object], *arguments: object, of: str = "base.mp4", **more: object) -> Callable[[Path], object]:
    """An edit of a base file."""
    return lambda path: edit(path.parent / of, path, *arguments, **more)


def anew(*chain: str, **more: object) -> Callable[[Path], object]:
    """A file of its own."""
    return lambda path: encode(path, *chain, **more)  # type: ignore[arg-type]


def twice(first: Callable[[Path], object], second: Callable[..., object], *arguments: object, **more: object) -> Callable[[Path], object]:
    """An edit of a file that is made first."""

    def make(path: Path) -> None:
        between = path.with_name("between" + path.suffix)
        first(between)
        second(between, path, *arguments, **more)
        between.unlink()

    return make


def two(one: Callable[[Path], object], other: Callable[[Path], object]) -> Callable[[Path], object]:
    """Two files, one behind the other."""

    def make(path: Path) -> None:
        parts = [path.with_name(f"part{place}{path.suffix}") for place in (1, 2)]
        one(parts[0]), other(parts[1])
        made.joined(path, *parts)
        for part in parts:
            part.unlink()

    return make


def zipped(path: Path) -> None:
    """An archive."""
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.txt", "x")


def subtitles(path: Path) -> None:
    """Nothing but subtitles."""
    source = path.with_name("s.srt")
    source.write_text("1\n00:00:00,000 --> 00:00:01,000\n<script>alert(1)</script>\n")
    remux(source, path, "subtitle")


def covered(path: Path) -> None:
    """Sound with a cover."""
    import av

    with av.open(str(path), "w") as container:
        sound = container.add_stream("libmp3lame", rate=44_100, layout="mono")
        with av.open(str(path.parent / "still.jpg")) as still:
            picture = container.add_stream_from_template(still.streams.video[0])
            picture.disposition = av.stream.Disposition.attached_pic
            made.add_tone(container, sound)
            for packet in still.demux():
                if packet.size:
                    packet.stream = picture
                    container.mux(packet)


def chapters(count: int) -> Callable[[Path], object]:
    """Many chapters."""
    each = [{"id": at, "start": at, "end": at + 1, "time_base": Fraction(1, 1000), "metadata": {"title": f"c{at}"}} for at in range(count)]
    return base(remux, finish=lambda container: container.set_chapters(each))


def sparse(path: Path) -> None:
    """100 GB that take no room."""
    with path.open("wb") as file:
        file.truncate(100 * 2**30)


A = (
    Sample("A", "zero.mp4", "refused", text(""), "media.empty"),
    Sample("A", "text.mp4", "refused", text("hello, I am not a video\n"), "media.not_media"),
    Sample("A", "html.mp4", "refused", text("<!doctype html><title>403</title><script>alert(1)</script>"), "media.not_media"),
    Sample("A", "random.mp4", "refused", lambda path: path.write_bytes(random.Random(7).randbytes(2**20)), "media.not_media"),
    Sample("A", "elf.mp4", "refused", lambda path: shutil.copyfile("/bin/true", path), "media.not_media"),
    Sample("A", "zip.mp4", "refused", zipped, "media.not_media"),
    Sample("A", "hls_meta.mp4", "refused", text(HLS), "media.not_media"),
    Sample("A", "hls_self.m3u8", "refused", text("#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\nhls_self.m3u8\n"), "media.not_media"),
    Sample("A", "rtp.sdp", "refused", text(SDP), "media.not_media"),
    Sample("A", "xxe.svg", "refused", text(SVG), "media.not_media"),
    Sample("A", "dref.mov", "verdict", twice(base(remux), made.elsewhere)),
)
B = (
    Sample("B", "trunc_faststart.mp4", "verdict", twice(base(remux, muxer={"movflags": "+faststart"}), cut, 0.5)),
    Sample("B", "trunc_1k.mp4", "refused", base(cut, 1024)),
    Sample("B", "zero_mdat.mp4", "refused", base(made.emptied), "media.no_frames"),
    Sample("B", "flip1.mp4", "either", base(flip, 1, 1)),
    Sample("B", "flip2.mp4", "either", base(flip, 1, 2)),
    Sample("B", "flip_heavy.mp4", "either", base(flip, 50, 3)),
    Sample("B", "flip.webm", "either", base(flip, 5, 4, of="base.webm")),
    Sample("B", "stco_past_eof.mp4", "either", base(number, "stco", 12, 0x7FFFFFFF)),
    Sample("B", "stts_zero.mp4", "verdict", base(number, "stts", 16, 0)),
    Sample("B", "timescale0.mp4", "either", base(number, "mdhd", 16, 0, all=True)),
    Sample("B", "mvhd_ts0.mp4", "either", base(number, "mvhd", 16, 0)),
    Sample("B", "dur_lie.mp4", "either", twice(base(number, "mdhd", 20, 0xFFFFFFFF, all=True), number, "mvhd", 20, 0xFFFFFFFF)),
    Sample("B", "boxsize_huge.mp4", "either", base(number, "moov", -4, 0x7FFFFFFF)),
    Sample("B", "nest.mp4", "refused", lambda path: made.nested(path, 20_000), "media.not_media"),
    Sample("B", "no_keyframe.ts", "either", base(made.headless, 0.4, of="base.ts")),
    Sample("B", "mkv_live.mkv", "verdict", twice(base(remux, muxer={"live": "1"}), cut, 60_000)),
    Sample("B", "two_in_one.mp4", "verdict", lambda path: made.joined(path, *[path.parent / "base.mp4"] * 2)),
    Sample("B", "pts_jump.mkv", "either", anew(times=lambda at: at * 42 + (95_000_000 if at > 24 else 0))),
    Sample("B", "editlist_all.mp4", "either", twice(base(remux, muxer={"use_editlist": "1"}), number, "elst", 16, 0x7FFFFFFF)),
)
C = (
    Sample(
        "C", "res_16k.mkv", "refused",
        anew("color=black:s=16000x16000", codec="png", kind="monob", frames=1, form="mov"), "media.too_large",
    ),
    Sample("C", "png_50k.png", "refused", lambda path: made.picture_bomb(path, 50_000, 50_000), "media.too_large", slow=True),
    Sample(
        "C", "frames_300k.mp4", "either",
        anew("color=black:s=16x16:r=1000", frames=300_000, rate=1000, options={"preset": "ultrafast", "tune": "zerolatency", "g": "250"}),
        slow=True,
    ),
    Sample("C", "gap_24h.mkv", "either", anew("testsrc=s=64x64", frames=2, times=lambda at: at * 86_400_000)),
    Sample("C", "fps_90k.mkv", "verdict", anew("testsrc=s=64x64", codec="mjpeg", kind="yuvj444p", frames=900, rate=90_000)),
    Sample("C", "gif_bomb.gif", "either", anew("color=black:s=2000x2000:r=50", codec="gif", kind="gray", frames=1000, rate=50), slow=True),
    Sample(
        "C", "apng_bomb.png", "either",
        anew("color=black:s=2000x2000", codec="apng", kind="rgb24", frames=10, form="apng", options={"pred": "none"}),
    ),
    Sample("C", "webp_anim.webp", "either", anew("testsrc=s=320x240", codec="libwebp_anim")),
    Sample("C", "meta_1m.mkv", "verdict", base(remux, metadata={"title": "A" * 100_000})),
    Sample("C", "chapters_20k.mkv", "verdict", chapters(20_000)),
    Sample(
        "C", "attach_20m.mkv", "verdict",
        base(remux, finish=lambda container: container.add_attachment("att.bin", "application/octet-stream", bytes(20 * 2**20))),
    ),
    Sample("C", "sar_absurd.mp4", "verdict", anew(shape=Fraction(1, 10_000))),
    Sample("C", "sparse_100g.mp4", "refused", sparse, "media.too_large"),
)  # fmt: skip
D = (
    Sample("D", "audio_only.m4a", "refused", base(remux, "audio", form="ipod"), "media.no_picture"),
    Sample("D", "cover.mp3", "refused", covered),
    Sample("D", "subs_only.mkv", "refused", subtitles, "media.no_picture"),
    Sample("D", "one_frame.mp4", "either", anew(frames=1)),
    Sample("D", "two_frames.mp4", "either", anew(frames=2)),
    Sample("D", "still.jpg", "either", lambda path: None),
    Sample("D", "no_audio.mp4", "verdict", base(remux, "video")),
    Sample("D", "black.mp4", "verdict", anew("color=black:s=320x240")),
    Sample("D", "cenc.mp4", "refused", base(remux, muxer={"encryption_scheme": "cenc-aes-ctr"} | KEY), "media.encrypted"),
    Sample("D", "frag.mp4", "verdict", base(remux, muxer={"movflags": "frag_keyframe+empty_moov"})),
    Sample("D", "late_start.ts", "verdict", base(remux, muxer={"output_ts_offset": "95443"})),
)
E = (
    *(Sample("E", f"rot{turn}.mp4", "verdict", base(made.rotated, turn)) for turn in (90, 180, 270, 45)),
    Sample("E", "odd.mp4", "verdict", anew(made.TEST, "scale=321:241", kind="yuv444p")),
    Sample("E", "tiny1.mkv", "either", anew("color=red:s=2x2", "format=rgb24", "crop=1:1", codec="ffv1", kind="gbrp10le", frames=10)),
    Sample(
        "E", "thin.mkv", "either",
        anew("color=red:s=2x4096", "format=rgb24", "crop=1:4096", codec="png", kind="rgb24", frames=10, form="mov"),
    ),
    Sample("E", "wide.mkv", "either", anew("color=red:s=4096x2", codec="ffv1", frames=10)),
    Sample(
        "E", "size_change.ts", "verdict",
        two(anew("testsrc=s=640x360", frames=25, rate=25), anew("testsrc=s=240x426", frames=25, rate=25)),
    ),
    Sample(
        "E", "pixfmt_change.ts", "verdict",
        two(anew("testsrc=s=320x240", frames=25, rate=25), anew("testsrc=s=320x240", frames=25, rate=25, kind="yuv444p10le")),
    ),
    Sample("E", "ten_bit.mp4", "verdict", anew(codec="libx265", kind="yuv420p10le", options=QUIET)),
    Sample("E", "hdr_pq.mp4", "verdict", anew(codec="libx265", kind="yuv420p10le", options=QUIET, colours=(BT2020, PQ, NCL))),
    Sample("E", "hlg.mp4", "verdict", anew(codec="libx265", kind="yuv420p10le", options=QUIET, colours=(BT2020, HLG, NCL))),
    Sample("E", "prores4444.mov", "verdict", anew(codec="prores_ks", kind="yuva444p10le", options={"profile": "4444"})),
    Sample(
        "E", "vp9_alpha.webm", "verdict",
        anew(codec="libvpx-vp9", kind="yuva420p", options={"deadline": "realtime", "cpu-used": "8", "auto-alt-ref": "0"}),
    ),
    Sample("E", "gray.mkv", "verdict", anew(codec="ffv1", kind="gray")),
    Sample("E", "pal8.avi", "verdict", anew(made.TEST, "format=pal8", codec="rawvideo", kind="pal8")),
    Sample("E", "full_range.mp4", "verdict", anew(made.TEST, "scale=out_range=full", full=True)),
    Sample(
        "E", "interlaced.mpg", "verdict",
        anew(codec="mpeg2video", rate=25, options={"flags": "+ilme+ildct"}),
    ),
    Sample("E", "vfr.mkv", "verdict", anew(frames=20, times=lambda at: at * at * 5)),
    Sample("E", "h263.3gp", "verdict", anew("testsrc2=s=352x288:r=24", codec="h263")),
    Sample("E", "wmv2.wmv", "verdict", anew(codec="wmv2")),
    Sample("E", "theora.ogv", "verdict", anew(codec="libtheora")),
    Sample("E", "av1.mkv", "verdict", anew(codec="libsvtav1", options={"preset": "12", "svtav1-params": "lp=1"}, frames=24)),
    Sample("E", "raw_v210.mov", "verdict", anew(codec="v210", kind="yuv422p10le")),
)  # fmt: skip
F = (
    *(Sample("F", name, "verdict", base(shutil.copyfile)) for name in ("a;id>pwned.mp4", "concat:x.mp4", "video\u202egpj.mp4", LONG)),
    Sample("F", "%03d.png", "either", base(shutil.copyfile, of="still.jpg")),
    Sample(
        "F", "xss.mp4", "verdict",
        base(remux, metadata={"title": "<img src=x onerror=alert(1)>", "artist": "{{7*7}}${7*7}"}),
    ),
)  # fmt: skip
LARGE = Sample(
    "C", "res_9k.mkv", "refused", anew("color=black:s=9000x9000", codec="png", kind="monob", frames=1, form="mov"), "media.too_large"
)
"""Not of the list: more pixels than are taken, and yet few enough to be decoded in the child's memory."""
SAMPLES = (*A, *B, *C, *D, *E, *F)
