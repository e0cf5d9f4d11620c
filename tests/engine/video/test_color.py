"""Known colours in every form that a decoder gives them in, and the pictures of them."""

from pathlib import Path

import av
import numpy as np
import pytest
from av.video.reformatter import ColorPrimaries, ColorRange, Colorspace, ColorTrc

from telltale.video.color import TO_709, WHITE, light_of, upright, within
from telltale.video.frames import read_clip

PATCHES = np.array(
    [[255, 255, 255], [0, 0, 0], [128, 128, 128], [200, 60, 40], [40, 180, 60], [50, 70, 200], [224, 172, 140], [120, 80, 60]], np.uint8
)
LUMA = {Colorspace.ITU709: (0.2126, 0.0722), Colorspace.ITU601: (0.299, 0.114), Colorspace.BT2020: (0.2627, 0.0593)}


def drawn(values: np.ndarray) -> np.ndarray:
    """Two rows of four patches of 64 pixels."""
    return np.repeat(np.repeat(values.reshape(2, 4, 3), 64, axis=0), 64, axis=1)


def patches(rgb: np.ndarray) -> np.ndarray:
    """What became of them."""
    return rgb[32::64, 32::64].reshape(-1, 3).astype(int)


def coded(shares: np.ndarray, kind: str, matrix: Colorspace, full: bool) -> "av.video.frame.VideoFrame":
    """R'G'B' (0..1) as a decoder would give it, by the formulas of ITU-R BT.601, 709 and 2020."""
    red, blue = LUMA[matrix]
    y = shares @ np.array([red, 1 - red - blue, blue])
    u, v = (shares[..., 2] - y) / (2 - 2 * blue), (shares[..., 0] - y) / (2 - 2 * red)
    bits = 10 if "10" in kind else 8
    unit, top = 2 ** (bits - 8), 2**bits - 1
    luma, chroma = (y * top, 128 * unit) if full else ((16 + 219 * y) * unit, 128 * unit)
    reach, step = top if full else 224 * unit, 1 if "444" in kind else 2
    frame = av.VideoFrame(shares.shape[1], shares.shape[0], kind)
    for plane, values in zip(frame.planes, (luma, chroma + u[::step, ::step] * reach, chroma + v[::step, ::step] * reach), strict=True):
        held = np.zeros((plane.height, plane.line_size // (2 if bits > 8 else 1)), np.uint16 if bits > 8 else np.uint8)
        held[:, : values.shape[1]] = np.clip(values.round(), 0, top)
        plane.update(held.tobytes())
    frame.colorspace, frame.color_range = matrix, ColorRange.JPEG if full else ColorRange.MPEG
    return frame


@pytest.mark.parametrize("full", [False, True])
@pytest.mark.parametrize("matrix", list(LUMA))
@pytest.mark.parametrize("kind", ["yuv420p", "yuv444p", "yuv420p10le", "yuv444p10le"])
def test_matrix_range_and_depth(kind: str, matrix: Colorspace, full: bool) -> None:
    rgb = upright(coded(drawn(PATCHES) / 255, kind, matrix, full))
    assert rgb.dtype == np.uint8 and np.abs(patches(rgb) - PATCHES).max() <= 3


def test_old_full_range_formats() -> None:
    assert np.abs(patches(upright(coded(drawn(PATCHES) / 255, "yuvj420p", Colorspace.ITU601, True))) - PATCHES).max() <= 3


def test_range_is_converted_once() -> None:
    """Control: the wrong range shows."""
    frame = coded(drawn(PATCHES) / 255, "yuv420p", Colorspace.ITU709, True)
    frame.color_range = ColorRange.MPEG
    assert np.abs(patches(upright(frame)) - PATCHES).max() > 10


@pytest.mark.parametrize("transfer", [ColorTrc.SMPTE2084, ColorTrc.ARIB_STD_B67])
def test_hdr_looks_as_the_same_scene_in_sdr(transfer: ColorTrc) -> None:
    """Faces lie below the knee: what is a colour on a standard screen is that colour again, brighter things keep their order."""
    light = np.clip((drawn(PATCHES) / 255) ** 2.4 @ np.linalg.inv(TO_709.astype(float)).T, 0, None)
    table = light_of(transfer)
    shares = np.interp(light, table, np.arange(1024) / 1023)
    frame = coded(shares, "yuv420p10le", Colorspace.BT2020, False)
    untouched = patches(frame.to_ndarray(format="rgb24"))
    frame.color_trc, frame.color_primaries = transfer, ColorPrimaries.BT2020
    shown = patches(upright(frame))
    assert np.abs(shown[1:] - PATCHES[1:]).max() <= 9, shown
    assert 235 <= shown[0].min() <= 255
    assert np.abs(untouched[1:] - PATCHES[1:]).max() > 30, "control: unconverted it would be another picture"


def test_light_of_hdr_is_the_standards() -> None:
    """ST 2084: code 0.5081 is 100 cd/m², 1 is 10,000; BT.2408: 75 % of HLG is diffuse white."""
    assert np.interp(0.5081, np.arange(1024) / 1023, light_of(ColorTrc.SMPTE2084)) * WHITE == pytest.approx(100, rel=0.02)
    assert light_of(ColorTrc.SMPTE2084)[-1] * WHITE == pytest.approx(10_000, rel=0.001)
    assert light_of(ColorTrc.ARIB_STD_B67)[767] == pytest.approx(1, rel=0.02)


def test_an_hdr_file(tmp_path: Path) -> None:
    with av.open(str(tmp_path / "hdr.mkv"), "w") as container:
        stream = container.add_stream("libx265", rate=5, options={"x265-params": "log-level=none:colorprim=9:transfer=16:colormatrix=9"})
        stream.width, stream.height, stream.pix_fmt = 256, 128, "yuv420p10le"
        light = np.clip((drawn(PATCHES) / 255) ** 2.4 @ np.linalg.inv(TO_709.astype(float)).T, 0, None)
        shares = np.interp(light, light_of(ColorTrc.SMPTE2084), np.arange(1024) / 1023)
        for number in range(3):
            frame = coded(shares, "yuv420p10le", Colorspace.BT2020, False)
            frame.pts = number
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    assert np.abs(patches(read_clip(tmp_path / "hdr.mkv").frames[1].rgb)[1:] - PATCHES[1:]).max() <= 12


def test_what_does_not_fit_is_made_smaller() -> None:
    rgb = drawn(PATCHES)
    small = within(rgb, rgb.nbytes // 4)
    assert small.shape == (64, 128, 3) and np.abs(small[16::32, 16::32].reshape(-1, 3).astype(int) - PATCHES).max() <= 2
    assert within(rgb, rgb.nbytes) is rgb
