"""telltale/sandbox/temp_dir.py, and with it the end of a fetch whose parent is killed: at any moment, nothing and nobody is left 2 s later.

See also: fetches that end by themselves (``tests/engine/fetch/test_fetch.py``, ``tests/security/test_hostile_urls.py``).
"""

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import pytest

from telltale.sandbox.temp_dir import temporary_folder
from tests.support.processes import belonging, below, until
from tests.support.web.web_server import Handler, Site, encoded

ROOT = Path(__file__).parents[3]
MOMENTS = 12
LONGEST = 1.5
"""Seconds within which they are drawn."""
START = "from pathlib import Path; from telltale.net.limits import FetchLimits; from {module} import *; print('go', flush=True); "
FETCH = START.replace("{module}", "telltale.fetch.fetch") + "fetch({url!r}, Path({folder!r}), limits={limits}, apart={apart})"
CHECK = START.replace("{module} import *", "telltale.pipeline import check") + "check({url!r}, None, frames=32, limits={limits})"


def test_it_goes_in_the_end(tmp_path: Path) -> None:
    with temporary_folder(tmp_path, "x-") as folder:
        (folder / "below").mkdir()
        (folder / "below" / "file").write_text("x")
        assert folder.parent == tmp_path and folder.stat().st_mode & 0o777 == 0o700
        until(lambda: len(belonging(folder)) == 1, 10, "the start of what watches over it")
    assert list(tmp_path.iterdir()) == [] and belonging(tmp_path) == {}


def test_it_goes_with_an_error(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), temporary_folder(tmp_path, "x-") as folder:
        (folder / "file").write_text("x")
        raise ZeroDivisionError
    assert list(tmp_path.iterdir()) == [] and belonging(tmp_path) == {}


@pytest.mark.parametrize("name", ["plain", "two words", "-rf", "$(touch x)", "é'\""])
def test_it_goes_with_its_maker(name: str, tmp_path: Path) -> None:
    """Only this one folder does, whatever its name looks like to a shell."""
    place = tmp_path / name
    place.mkdir()
    program = "import os; from pathlib import Path; from telltale.sandbox.temp_dir import *\n"
    program += "with temporary_folder(Path(PLACE), 'x-') as folder:\n"
    program = program.replace("PLACE", repr(str(place))) + " (folder / 'file').write_text('x'); os.kill(os.getpid(), 9)"
    assert subprocess.run([sys.executable, "-c", program], cwd=ROOT, check=False).returncode == -signal.SIGKILL
    until(lambda: list(place.iterdir()) == [] and belonging(tmp_path) == {}, 2, "the folder's end")
    assert list(tmp_path.iterdir()) == [place]


def left_after_killing(program: str, folder: Path, moment: float, begun: Callable[[], bool]) -> tuple[int, list[str], list[Path]]:
    """Kill a process so long after it has begun: what ran below it at that moment, and what runs and what lies there 2 s later."""
    folder.mkdir()
    surroundings = os.environ | {"TMPDIR": str(folder)}
    with subprocess.Popen([sys.executable, "-c", program], cwd=ROOT, env=surroundings, stdout=subprocess.PIPE) as parent:
        assert parent.stdout is not None and parent.stdout.readline() == b"go\n"
        until(begun, 60, "the fetch")
        time.sleep(moment)
        working = len(below(parent.pid))
        parent.kill()
    time.sleep(2)
    return working, list(belonging(folder).values()), list(folder.rglob("*"))


@pytest.mark.slow
@pytest.mark.parametrize("way", ["check", *(pytest.param(way, marks=pytest.mark.long) for way in ("stream", "stream beside", "page"))])
def test_killed_at_any_moment(way: str, site: Site, tmp_path: Path) -> None:
    """While a stream is read, while yt-dlp waits for a page, and from the command's own pipeline, whose folder is temporary too: half of
    the moments are counted from the start of the fetch, half from the site's being asked.
    """
    clip, dice = encoded(tmp_path / "clip.mp4"), random.Random(way)

    def stream(handler: Handler) -> None:
        handler.send_response(200)
        handler.end_headers()
        handler.wfile.write(clip)
        handler.pour(4096, 0.02)

    def killed(number: int) -> tuple[int, list[str], list[Path]]:
        folder, path = tmp_path / str(number), f"/{number}" + ("" if way == "page" else ".mp4")
        site.acts[path] = (lambda handler: handler.pour(1, 0.2)) if way == "page" else stream
        limits = f"FetchLimits(allow_hosts=frozenset({{{site.host!r}}}))"
        program = CHECK if way == "check" else FETCH
        program = program.format(url=site.url + path, folder=str(folder), limits=limits, apart=way != "stream beside")
        asked = partial(lambda path: path in [asked for asked, _ in site.asked], path)
        return left_after_killing(program, folder, dice.uniform(0, LONGEST), asked if number % 2 else lambda: True)

    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(killed, range(MOMENTS)))
    assert [(processes, files) for _, processes, files in found if processes or files] == []
    assert all(working >= 2 for working, _, _ in found[1::2]), "a child and a guardian were not at work"
