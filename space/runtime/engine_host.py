"""The engine of this server: loaded once, in the background, so that the server answers at once and the queue waits for it.

See also: what the engine does (``telltale.pipeline``). A model that cannot be loaded is told to everybody who asks, not retried.
"""

import hashlib
import logging
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from pydantic import ValidationError

from space.core.job import BUG, JobError, Work
from space.core.settings import Settings
from space.runtime.cpu_priority import step_back
from space.runtime.malloc import give_back
from space.storage.store import StoredReport
from telltale.core.errors import TelltaleError
from telltale.core.progress import Listener
from telltale.core.report import Report
from telltale.core.report_upgrade import read_report

if TYPE_CHECKING:
    from telltale.pipeline import Engine
    from telltale.provenance.trust_list import TrustList

log = logging.getLogger(__name__)

EngineState = Literal["loading", "ready", "failed"]


class EngineHost:
    """Holds the engine. ``load`` is called once, from the worker's thread; everything else may be called from anywhere."""

    def __init__(self, settings: Settings, kept: Callable[[str, str | None], StoredReport | None]) -> None:
        self._settings = settings
        self._kept = kept
        self._engine: Engine | None = None
        self._trust: TrustList | None = None
        self._settled = threading.Event()
        self.fault: JobError | None = None

    @property
    def state(self) -> EngineState:
        """Whether checks can run."""
        if not self._settled.is_set():
            return "loading"
        return "failed" if self.fault else "ready"

    @property
    def engine(self) -> "Engine | None":
        """The engine, once it is ready."""
        return self._engine

    def load(self) -> None:
        """Load detector and classifier; on failure keep the fault for everybody who asks."""
        chosen = self._settings
        step_back()
        try:
            from space.runtime.zerogpu import borrowing
            from telltale.pipeline import EMBEDDED, load_engine
            from telltale.provenance.trust_list import read_trust_list
            from telltale.sandbox.forkserver import prepare

            prepare()  # what decodes gets ready meanwhile
            self._trust = read_trust_list(chosen.trust_list) if chosen.trust_list else None
            engine = load_engine(
                chosen.model or EMBEDDED,
                faces=chosen.face_detector,
                insightface_root=chosen.insightface_root,
                fake_labels=chosen.fake_label_names,
                crop=chosen.crop,
            )
            self._engine = replace(engine, model=borrowing(engine.model))
            log.info("model %s@%s on %s, faces by %s", *self.identity())
        except TelltaleError as error:
            log.error("the engine cannot be loaded: %s", error.sentence)
            self.fault = JobError.of(error)
        except Exception:
            log.exception("loading the engine met a bug")
            self.fault = BUG
        finally:
            self._settled.set()

    def identity(self) -> tuple[str, str, str, str]:
        """Model id, revision, runtime and face finder. Only when ready."""
        assert self._engine
        model, finder = self._engine.model, self._engine.finder
        return model.id, model.revision, model.engine, finder.name

    def key(self) -> str | None:
        """What must be equal for two checks of the same input to be one; None until the engine is ready."""
        if self._engine is None:
            return None
        model, finder = self._engine.model, self._engine.finder
        around = f"{model.settings.model_dump_json()} {model.preprocessing.described}"  # its revision is that of the weights alone
        digest = hashlib.sha256(around.encode()).hexdigest()[:12]
        believed = f" {self._trust.name}" if self._trust else ""
        frames = self._settings.num_frames or model.settings.frames
        return f"{model.id}@{model.revision} {digest} {finder.name} {frames}{believed}"

    def run(self, work: Work, listener: Listener) -> Report:
        """Check one input. Raises TelltaleError."""
        from telltale.pipeline import check

        step_back()
        if self._engine is None:
            fault = self.fault or BUG
            raise fault.as_error()
        source = Path(work.source) if work.kind == "file" else work.source
        name = work.name if work.kind == "file" else None
        chosen = self._settings
        try:
            return check(
                source,
                self._engine,
                frames=chosen.num_frames,
                listener=listener,
                limits=chosen.fetch_limits,
                name=name,
                known=self._find_earlier,
                trust=self._trust,
            )
        finally:
            give_back()

    def _find_earlier(self, sha256: str) -> Report | None:
        """What this engine found in the same bytes before."""
        kept = self._kept(sha256, self.key())
        try:
            return read_report(kept.report).model_copy(update={"pictures": kept.pictures}) if kept else None
        except ValidationError:
            log.warning("what is kept of an earlier check of the same bytes cannot be read; they are checked again")
            return None
