"""What files say of themselves: signed, tampered with, signed by a stranger, by somebody trusted, not at all, broken, hostile."""

import io
import random
from pathlib import Path

import pytest
from PIL import Image

from telltale.core.report import Provenance
from telltale.provenance.provenance import NO_FILE, of_parts, read_provenance
from telltale.provenance.trust_list import read_trust_list
from tests.support.media.bad_media import faceless_video
from tests.support.media.c2pa_signing import AI_EDIT, AI_MADE, CAPTURED, EDITED, Signer, new_signer, picture, signed, written, xmp_of
from tests.support.web.web_server import Canary

TYPES = {"JPEG": "image/jpeg", "PNG": "image/png", "WEBP": "image/webp"}


@pytest.fixture(scope="module")
def signer() -> Signer:
    return new_signer()


@pytest.fixture(scope="module")
def ai_made(signer: Signer) -> bytes:
    return signed(picture(), "image/jpeg", signer, AI_MADE)


def read(folder: Path, content: bytes, name: str = "file") -> Provenance:
    return read_provenance(written(folder, name, content))


@pytest.mark.parametrize("kind", TYPES)
def test_a_picture_that_says_it_is_generated(kind: str, signer: Signer, tmp_path: Path) -> None:
    said = read(tmp_path, signed(picture(kind), TYPES[kind], signer, AI_MADE))
    assert said.state == "valid" and said.problems == []
    (claim,) = said.claims
    assert (claim.basis, claim.kind, claim.source_type, claim.ingredient) == ("c2pa", "ai_generated", "trainedAlgorithmicMedia", False)
    assert claim.tool == "Dream <b>machine" and "trained model (AI)" in claim.message
    assert (said.signer, said.organisation, said.generator) == ("A camera", "A maker", "A program")
    assert "It says of itself that it was made by a trained model" in said.message


def test_without_a_trust_list_that_is_said_plainly(ai_made: bytes, tmp_path: Path) -> None:
    said = read(tmp_path, ai_made)
    assert (said.trust_list, said.trusted) == (None, None)
    assert "No trust list was used" in said.message and "anybody can sign under any name" in said.message


def test_a_trust_list_tells_a_known_signer_from_a_stranger(signer: Signer, ai_made: bytes, tmp_path: Path) -> None:
    known = read_trust_list(written(tmp_path, "ours.pem", signer.root))
    strange = read_trust_list(written(tmp_path, "theirs.pem", new_signer().root))
    path = written(tmp_path, "x.jpg", ai_made)
    trusted, untrusted = read_provenance(path, known), read_provenance(path, strange)
    assert (trusted.state, trusted.trusted, trusted.problems) == ("valid", True, [])
    assert trusted.trust_list and trusted.trust_list.startswith("ours.pem (") and "is on the trust list" in trusted.message
    assert (untrusted.state, untrusted.trusted) == ("valid", False) and "is not on the trust list" in untrusted.message
    assert [one.code for one in untrusted.problems] == ["signingCredential.untrusted"]


def test_a_video_that_was_captured_and_edited(signer: Signer, tmp_path: Path) -> None:
    video = faceless_video(tmp_path).read_bytes()
    said = read(tmp_path, signed(video, "video/mp4", signer, CAPTURED, EDITED))
    assert said.state == "valid"
    assert [(one.kind, one.action) for one in said.claims] == [("edited", "c2pa.color_adjustments"), ("captured", "c2pa.created")]


def test_an_edit_by_a_trained_model_is_no_whole_picture_by_one(signer: Signer, tmp_path: Path) -> None:
    said = read(tmp_path, signed(picture(), "image/jpeg", signer, CAPTURED, AI_EDIT))
    assert [one.kind for one in said.claims] == ["ai_edited", "captured"]
    assert "parts of it were made or edited with a trained model" in said.message


def test_what_an_ingredient_says_is_told_as_an_ingredient(signer: Signer, ai_made: bytes, tmp_path: Path) -> None:
    said = read(tmp_path, signed(picture(), "image/jpeg", signer, {"action": "c2pa.opened"}, EDITED, parent=ai_made))
    generated = [one for one in said.claims if one.kind == "ai_generated"]
    assert len(generated) == 1 and generated[0].ingredient and generated[0].message.startswith("Of something that went into it")
    assert "It says of itself" not in said.message


@pytest.mark.parametrize("kind", ["image/jpeg", "video/mp4"])
def test_a_change_after_the_signature_is_seen(kind: str, signer: Signer, tmp_path: Path) -> None:
    media = picture() if kind == "image/jpeg" else faceless_video(tmp_path).read_bytes()
    content = bytearray(signed(media, kind, signer, CAPTURED))
    place = -30 if kind == "image/jpeg" else content.index(b"mdat") + 40
    content[place] ^= 1
    said = read(tmp_path, bytes(content))
    assert said.state == "invalid" and "not valid" in said.message
    assert "The file was changed after it was signed." in [one.message for one in said.problems]
    assert all("Hash.mismatch" in one.code for one in said.problems)


@pytest.mark.parametrize("kind", TYPES)
def test_words_without_a_signature(kind: str, tmp_path: Path) -> None:
    said = read(tmp_path, picture(kind, xmp_of("http://cv.iptc.org/newscodes/digitalsourcetype/compositeWithTrainedAlgorithmicMedia")))
    assert said.state == "unsigned" and "anybody can write" in said.message
    assert [(one.basis, one.kind) for one in said.claims] == [("xmp", "ai_edited")]


def test_signed_and_unsigned_words_stand_side_by_side(signer: Signer, tmp_path: Path) -> None:
    said = read(tmp_path, signed(picture("JPEG", xmp_of("digitalCapture")), "image/jpeg", signer, AI_MADE))
    assert [(one.basis, one.kind) for one in said.claims] == [("c2pa", "ai_generated"), ("xmp", "captured")]


@pytest.mark.parametrize("name", ["a.jpg", "a.mp4"])
def test_absence_means_nothing_and_is_said_so(name: str, tmp_path: Path) -> None:
    content = picture() if name == "a.jpg" else faceless_video(tmp_path).read_bytes()
    said = read(tmp_path, content, name)
    assert (said.state, said.claims, said.signer) == ("absent", [], None) and "That means nothing" in said.message


def test_kept_elsewhere_is_not_fetched(signer: Signer, canary: Canary, tmp_path: Path) -> None:
    said = read(tmp_path, signed(picture(), "image/jpeg", signer, AI_MADE, remote=f"http://127.0.0.1:{canary.port}/x.c2pa"))
    assert said.state == "elsewhere" and "does not fetch" in said.message
    assert canary.connects == 0


def test_of_parts_nothing_is_looked_for(tmp_path: Path) -> None:
    for said in (of_parts(joined=False), of_parts(joined=True), NO_FILE, read(tmp_path, b"\x1aE\xdf\xa3" + bytes(100))):
        assert said.state == "not_checked" and "not looked for" in said.message and said.claims == []


def test_a_broken_manifest_is_not_readable_and_no_error(ai_made: bytes, tmp_path: Path) -> None:
    start = ai_made.index(b"jumdc2ma")
    said = read(tmp_path, ai_made[:start] + bytes(400) + ai_made[start + 400 :])
    assert said.state == "not_readable" and "could not be read" in said.message and said.signer is None


def test_whatever_is_damaged_nothing_is_raised(ai_made: bytes, tmp_path: Path) -> None:
    dice, states = random.Random(6), set()
    for turn in range(8):
        content = bytearray(ai_made)
        for _ in range(40):
            content[dice.randrange(len(content) if turn % 2 else 6000)] = dice.randrange(256)
        states.add(read(tmp_path, bytes(content[: dice.randrange(200, len(content))])).state)
    assert states <= {"not_checked", "absent", "not_readable", "invalid"} and len(states) > 1


@pytest.mark.parametrize("kind", ["GIF", "TIFF"])
def test_kinds_that_are_searched(kind: str, signer: Signer, tmp_path: Path) -> None:
    made = io.BytesIO()
    Image.new("RGB", (32, 32)).save(made, kind)
    assert read(tmp_path, made.getvalue()).state == "absent"
    assert read(tmp_path, signed(made.getvalue(), f"image/{kind.lower()}", signer, AI_MADE)).state == "valid"
