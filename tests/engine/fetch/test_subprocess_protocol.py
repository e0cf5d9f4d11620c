"""telltale/fetch/subprocess_protocol.py: what is believed of what a child writes where it broke.

See also: real children (``test_fetch.py``, ``tests/engine/sandbox/test_namespaces.py``, ``tests/engine/sandbox/test_temp_dir.py``).
"""

import logging
import os
from pathlib import Path

import pytest

from telltale.fetch.subprocess_protocol import child, child_environment, note


def test_frames_and_kinds_are_noted_and_no_word(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    frames = ['  File "/app/telltale/net/range_client.py", line 7, in ask', '  File "<frozen>", line 1, in <module>']
    fetched = ["secret", "SecretError: secret", '  File "/x", line 7, in ask secret', '  File "secret words", line 7, in x', "    secret()"]
    (tmp_path / "log").write_text("\n".join([*fetched, frames[0], *fetched, frames[1], "ValueError"]))
    with caplog.at_level(logging.INFO):
        assert note(tmp_path) == "\n".join([*frames, "ValueError"])
    assert "secret" not in caplog.text.lower()
    (tmp_path / "log").write_text("\n".join(fetched))
    assert note(tmp_path) == ""


def test_the_environment_is_bare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_TOKEN", "secret")
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    with child(tmp_path) as started:
        told = Path(f"/proc/{started.process.pid}/environ").read_bytes()
        assert os.getsid(started.process.pid) == started.process.pid
    assert b"secret" not in told and b"http_proxy" not in told and f"HOME={tmp_path}/home".encode() in told
    assert set(child_environment(tmp_path / "home")) == {"HOME", "TMPDIR", "PATH", "LANG", "YTDLP_NO_PLUGINS"}


def test_a_child_that_does_not_start_is_a_bug(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("telltale.fetch.subprocess_protocol.sys.executable", "/bin/false")
    with pytest.raises(RuntimeError, match="did not start"), child(tmp_path):
        pass
