"""What everybody else does with a video at an address: yt-dlp writes the whole file, OpenCV decodes every frame of it in sequence.

An hour of 1080p is 90,000 frames, minutes of decoding. ``share`` below 1 decodes only so much from the beginning (the sources repeat
the same minute) and extrapolates; the download is always whole. What this build of OpenCV cannot decode (AV1) is decoded by PyAV.

    python -m benchmarks.remote.full_download http://127.0.0.1:8000/front.mp4 --share 0.05 --seconds 3600
"""

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path

RATE = 25


@dataclass(frozen=True)
class Whole:
    """Seconds of the download and of decoding: ``decoding`` for all frames, of which ``decoded`` really were, by ``decoder``."""

    download: float
    decoding: float
    decoded: int
    decoder: str

    @property
    def seconds(self) -> float:
        """Both."""
        return self.download + self.decoding


def main(argv: list[str] | None = None) -> int:
    """Download and read once; the last line printed is the result."""
    made = argparse.ArgumentParser(
        prog="python -m benchmarks.remote.full_download", description="Download a video whole and decode it in sequence."
    )
    made.add_argument("url")
    made.add_argument("--share", type=float, default=1.0, help="of the frames, how many are decoded (default: all)")
    made.add_argument("--seconds", type=float, required=True, help="length of the video")
    made.add_argument("--folder", type=Path, help="where the copy lies meanwhile (default: the system's)")
    given = made.parse_args(argv)
    print(json.dumps(asdict(whole(given.url, given.seconds, given.share, given.folder))))
    return 0


def whole(url: str, seconds: float, share: float, place: Path | None) -> Whole:
    """Download all; decode the first ``share`` of it."""
    import yt_dlp

    with tempfile.TemporaryDirectory(dir=place) as folder:
        started = time.monotonic()
        options = {"outtmpl": f"{folder}/whole.%(ext)s", "quiet": True, "noprogress": True, "format": "b/bv", "fixup": "never"}
        with yt_dlp.YoutubeDL(options) as downloader:
            downloader.extract_info(url)
        download = time.monotonic() - started
        (path,) = Path(folder).iterdir()
        total = round(seconds * RATE)
        wanted = max(round(total * share), 1)
        frames, decoder = count_frames(path, None if share >= 1 else wanted)
        spent = time.monotonic() - started - download
    return Whole(download, spent * (total / frames if share < 1 else 1), frames, decoder)


def count_frames(path: Path, most: int | None) -> tuple[int, str]:
    """How many frames were decoded, ``most`` of them from the beginning, and by what."""
    frames = sum(1 for _ in islice(by_opencv(path), most))
    return (frames, "OpenCV") if frames else (sum(1 for _ in islice(by_pyav(path), most)), "PyAV")


def by_opencv(path: Path) -> Iterator[object]:
    """Every frame; none where this build knows no decoder."""
    import cv2

    capture = cv2.VideoCapture(str(path))
    while (found := capture.read())[0]:
        yield found[1]


def by_pyav(path: Path) -> Iterator[object]:
    """Every frame, in the colours that OpenCV gives."""
    import av

    with av.open(str(path)) as container:
        container.streams.video[0].thread_type = "AUTO"
        yield from (frame.to_ndarray(format="bgr24") for frame in container.decode(video=0))


if __name__ == "__main__":
    sys.exit(main())
