"""The command line through its real door: what it prints, what it writes, how it ends."""

import csv
import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from PIL import Image

from telltale.cli.exit_codes import GRAVITY, VERDICT_EXITS, CheckResult, most_serious
from telltale.core.errors import BadMedia, BadModel
from telltale.core.report import Report
from tests.support.media import bad_media
from tests.support.web.static_server import Web

TELLTALE = Path(sys.executable).with_name("telltale")
HEAVY = ("PIL", "av", "cv2", "numpy", "onnxruntime", "pydantic", "rich", "torch", "transformers", "yt_dlp")


@dataclass(frozen=True)
class Ended:
    """A finished process."""

    exit: int
    out: str
    err: str

    def lines(self) -> list[dict[str, object]]:
        """Its stdout as JSON Lines."""
        return [json.loads(line) for line in self.out.splitlines()]


def telltale(*arguments: str | Path, **environment: str) -> Ended:
    """Run the installed command to its end."""
    command = [str(TELLTALE), *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, encoding="utf-8", timeout=300, env={**os.environ, "COLUMNS": "120", **environment})
    return Ended(done.returncode, done.stdout, done.stderr)


# Help and exit codes


def test_nothing_heavy_is_imported_for_help() -> None:
    code = f"import sys, telltale.cli.main; print([name for name in {HEAVY} if name in sys.modules])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, encoding="utf-8", check=True).stdout.strip() == "[]"


def test_help_of_check_documents_every_exit_code() -> None:
    ended = telltale("check", "--help")
    words = ended.out.replace(",", " ").split()
    assert all(str(code) in words for code in GRAVITY)


@pytest.mark.parametrize(
    ("exits", "expected"),
    [
        *(([0], 0), ([0, 12], 12), ([12, 11, 0], 11), ([11, 10, 12, 2], 10), ([0, 2], 2), ([2, 12], 12), ([2, 3], 3), ([0, 0], 0)),
    ],
)
def test_the_most_serious_exit_code_wins(exits: list[int], expected: int) -> None:
    assert most_serious(exits) == expected


def test_errors_have_exit_codes_of_their_own() -> None:
    assert CheckResult("a", error=BadMedia("media.empty", "upload")).exit == 2
    assert CheckResult("a", error=BadModel("model.broken", "no_number")).exit == 3
    assert set(VERDICT_EXITS.values()) | {2, 3} == set(GRAVITY)


# What cannot be checked

BAD: dict[str, tuple[Callable[[Path], Path | str], str]] = {
    "empty": (bad_media.empty_file, "media.empty"),
    "broken": (bad_media.broken_file, "media.not_media"),
    "text": (bad_media.text_named_mp4, "media.not_media"),
    "audio": (bad_media.audio_only, "media.no_picture"),
    "truncated": (bad_media.truncated, "media.not_media"),
    "absent": (lambda folder: folder / "absent.mp4", "media.not_found"),
    "folder": (lambda folder: folder / "nothing", "media.no_media_in_folder"),
    "address": (lambda _: "http://", "fetch.bad_address"),
}


@pytest.fixture(scope="module")
def all_bad(tmp_path_factory: pytest.TempPathFactory) -> Ended:
    """Every bad source in one go."""
    folder = tmp_path_factory.mktemp("bad")
    (folder / "nothing").mkdir()
    (folder / "nothing" / "notes.txt").write_text("no media here")
    return telltale("check", "--json", *(make(folder) for make, _ in BAD.values()))


@pytest.mark.parametrize("kind", BAD)
def test_a_bad_source_gives_one_sentence_and_its_code(all_bad: Ended, kind: str) -> None:
    place, code = list(BAD).index(kind), BAD[kind][1]
    error = all_bad.lines()[place]["error"]
    assert isinstance(error, dict) and error["code"] == code
    told = [line for line in all_bad.err.splitlines() if error["message"] in line]
    assert told and all(line.startswith("telltale: ") and line.endswith(f"[{code}]") for line in told)
    assert error["message"].endswith(".")


def test_bad_sources_do_not_stop_each_other_and_end_with_2(all_bad: Ended) -> None:
    assert all_bad.exit == 2
    assert len(all_bad.lines()) == len(all_bad.err.splitlines()) == len(BAD)


def test_an_unknown_model_is_told_once(tmp_path: Path) -> None:
    ended = telltale("check", bad_media.still_picture(tmp_path), "--model", tmp_path / "no-such-model")
    assert ended.exit == 3
    assert "[model.not_found]" in ended.err and "Traceback" not in ended.err


def test_a_folder_that_cannot_be_written_is_told_before_any_work(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    ended = telltale("check", bad_media.still_picture(tmp_path), "--output", tmp_path / "file" / "results")
    assert (ended.exit, ended.out) == (2, "")
    assert "[request.invalid]" in ended.err


def test_a_name_that_is_no_text_is_checked_all_the_same(tmp_path: Path) -> None:
    odd = os.fsencode(tmp_path) + b"/\xff\xfe.png"
    os.rename(bad_media.still_picture(tmp_path), odd)
    ended = telltale("check", "--json", os.fsdecode(odd))
    assert (ended.exit, ended.lines()[0]["verdict"]) == (12, "no_face")


def test_a_terminal_without_typographic_signs_gets_the_sentence_too(tmp_path: Path) -> None:
    ended = telltale("check", bad_media.empty_file(tmp_path), PYTHONIOENCODING="ascii")
    assert ended.exit == 2
    assert ended.err == "telltale: ?empty.mp4? is empty: it holds no bytes at all. [media.empty]\n"


# What can be checked


@pytest.fixture(scope="module")
def drawn(drawn_video: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Ended, Path]:
    """The drawn video, checked once, with its results written."""
    folder = tmp_path_factory.mktemp("out")
    return telltale("check", drawn_video, "--num-frames", "8", "--json", "--output", folder / "new"), folder / "new"


def test_json_is_a_report_and_the_exit_code_its_verdict(drawn: tuple[Ended, Path], drawn_video: Path) -> None:
    ended, _ = drawn
    report = Report.model_validate_json(ended.out)
    assert ended.exit == VERDICT_EXITS[report.verdict]
    assert report.verdict != "no_face" and len(report.people) == 1
    assert report.source.name == drawn_video.name and report.source.frames_read == 8


def test_out_holds_the_report_and_the_sheet_and_nothing_else(drawn: tuple[Ended, Path], drawn_video: Path) -> None:
    ended, folder = drawn
    sheet, report = folder / f"{drawn_video.name}.jpg", folder / f"{drawn_video.name}.json"
    assert sorted(folder.iterdir()) == [sheet, report]
    assert Report.model_validate_json(report.read_text()) == Report.model_validate_json(ended.out)
    with Image.open(sheet) as picture:
        picture.load()
        assert (picture.format, picture.width) == ("JPEG", 1200)
    assert str(sheet) in ended.err


def test_a_person_reads_verdict_people_moments_and_limits(drawn: tuple[Ended, Path], drawn_video: Path) -> None:
    report = Report.model_validate_json(drawn[0].out)
    ended = telltale("check", drawn_video, "--num-frames", "8")
    assert ended.exit == drawn[0].exit
    text = " ".join(ended.out.split())
    assert report.headline in text and report.explanation in text
    for word in (drawn_video.name, "95 % interval", "over time", "Strongest at", "8 frames", "finding no sign does not"):
        assert word in text
    assert ended.err == ""


def test_folders_and_files_are_checked_in_one_go(tmp_path: Path) -> None:
    (tmp_path / "album" / "deep").mkdir(parents=True)
    bad_media.still_picture(tmp_path / "album", "b.png")
    bad_media.faceless_video(tmp_path / "album" / "deep").rename(tmp_path / "album" / "deep" / "no ending")
    (tmp_path / "album" / "notes.txt").write_text("no media")
    single = bad_media.still_picture(tmp_path, "single.webp")
    ended = telltale("check", tmp_path / "album", single, bad_media.empty_file(tmp_path), "--num-frames", "2", "--output", tmp_path / "out")
    assert ended.exit == 12
    assert ended.err.count("[media.empty]") == 1 and "Traceback" not in ended.err
    table = ended.out[ended.out.rindex("Source ") :]
    for row in ("b.png", "deep/no ending", "single.webp", "not checked: media.empty"):
        assert row in table
    assert {path.name for path in (tmp_path / "out").glob("*.json")} == {"b.png.json", "deep_no ending.json", "single.webp.json"}


def test_an_address_is_fetched_and_named_in_the_report(web: Web) -> None:
    bad_media.faceless_video(web.folder, "at an address.mp4")
    address = f"{web.url}/at%20an%20address.mp4"
    ended = telltale("check", "--json", "--num-frames", "2", address, f"{web.url}/absent.mp4", TELLTALE_TEST_ALLOW_HOSTS=web.host)
    found, absent = ended.lines()
    report = Report.model_validate(found)
    assert (ended.exit, report.source.url, report.verdict) == (12, address, "no_face")
    assert absent["source"] == f"{web.url}/absent.mp4"
    assert isinstance(absent["error"], dict) and absent["error"]["code"].startswith("fetch.")


def test_a_list_of_addresses_gives_one_table(web: Web, tmp_path: Path) -> None:
    bad_media.faceless_video(web.folder, "listed.mp4")
    address, absent = f"{web.url}/listed.mp4", f"{web.url}/absent.mp4"
    listed, table = tmp_path / "list.csv", tmp_path / "new" / "table.csv"
    listed.write_text(f"who,url\nAda,{address}\nBob,{absent}\nEve,=1+1\nAda,{address}\n")
    ended = telltale("check", "--num-frames", "2", "--csv", table, listed, TELLTALE_TEST_ALLOW_HOSTS=web.host)
    assert ended.exit == 12
    assert ended.out.count("listed.mp4") == 1 and "No face found" in ended.out and "not checked: fetch.bad_address" in ended.out
    assert "Line 4 of “list.csv” is not an http(s) address" in ended.err and "does not exist" in ended.out
    with table.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert [(row["source"], row["verdict"], row["error"]) for row in rows] == [
        (address, "no_face", ""),
        (absent, "", "fetch.gone"),
        ("'=1+1", "", "fetch.bad_address"),
    ]
    assert rows[0]["duration"] == "1.0" and int(rows[0]["bytes_read"]) > 0 and int(rows[0]["requests"]) > 0
