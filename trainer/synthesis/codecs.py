"""Round trips through JPEG, H.264 and H.265: what a picture or a clip loses when a platform compresses it.

A clip is encoded as one stream, so that its later frames are predicted from the earlier ones as in any video. Everything in memory, one
thread. See also: which round trips are drawn for training (``augment.py``) or measured (``perturbations.py``).
"""

from collections.abc import Sequence
from fractions import Fraction
from typing import Literal, cast

import av
import cv2
import numpy as np
from av.video.codeccontext import VideoCodecContext

from trainer.synthesis.clips import Picture

Codec = Literal["h264", "h265"]
ENCODERS = {
    "h264": ("libx264", "h264", {"preset": "veryfast", "x264-params": "log=-1"}),
    "h265": ("libx265", "hevc", {"preset": "superfast", "x265-params": "log-level=none:pools=none:frame-threads=1"}),
}
"""Codec -> encoder, decoder and the encoder's settings: quiet, fast, without threads of its own."""
SMALLEST = {"h264": 2, "h265": 64}
"""Sides that are encoded; smaller pictures are padded. x265 writes past its memory on clips of 40 to 48 pixels."""
RATE = 25
"""Frames a second that the stream claims; the encoders' rate control by CRF takes little notice."""


def through_jpeg(picture: Picture, quality: int) -> Picture:
    """One picture as a JPEG and back, chroma at half size."""
    decoded = cv2.imdecode(cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, quality])[1], cv2.IMREAD_COLOR)
    assert decoded is not None
    return decoded


def through_video(pictures: Sequence[Picture], codec: Codec, crf: int) -> list[Picture]:
    """Pictures of one size as one video stream and back, in their order. Odd and very small sides are padded on the way."""
    height, width = pictures[0].shape[:2]
    decoder = cast(VideoCodecContext, av.CodecContext.create(ENCODERS[codec][1], "r"))
    decoder.thread_count = 1
    frames = [frame for packet in encode(pictures, codec, crf) for frame in decoder.decode(packet)] + decoder.decode(None)
    assert len(frames) == len(pictures), f"{codec} gave {len(frames)} frames for {len(pictures)}"
    return [frame.to_ndarray(format="rgb24")[:height, :width] for frame in frames]


def encode(pictures: Sequence[Picture], codec: Codec, crf: int) -> list[av.Packet]:
    """The stream's packets, in the order in which a decoder wants them."""
    name, _, settings = ENCODERS[codec]
    height, width = pictures[0].shape[:2]
    below, right = (max(side + side % 2, SMALLEST[codec]) - side for side in (height, width))
    encoder = cast(VideoCodecContext, av.CodecContext.create(name, "w"))
    encoder.width, encoder.height, encoder.pix_fmt = width + right, height + below, "yuv420p"
    encoder.time_base, encoder.framerate = Fraction(1, RATE), Fraction(RATE)
    encoder.thread_count = 1
    encoder.options = settings | {"crf": str(crf)}
    packets = []
    for number, picture in enumerate(pictures):
        even = np.ascontiguousarray(cv2.copyMakeBorder(picture, 0, below, 0, right, cv2.BORDER_REPLICATE), np.uint8)
        frame = av.VideoFrame.from_ndarray(even, format="rgb24").reformat(format="yuv420p")
        frame.pts, frame.time_base = number, encoder.time_base
        packets += encoder.encode(frame)
    return packets + encoder.encode(None)
