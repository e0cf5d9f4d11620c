"""The Space's settings: read once at the edge from the environment (``TELLTALE_…``) or handed over by ``telltale serve``.

Nothing below the edge reads the environment; everything else takes these values as arguments.
"""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict


class Settings(BaseSettings):
    """What a person who runs a server may choose."""

    model_config = SettingsConfigDict(env_prefix="TELLTALE_", frozen=True, extra="ignore")

    host: str = "127.0.0.1"
    port: int = Field(default=7860, ge=0, le=65535)
    store: Path = Field(default=Path("~/.telltale"), description="Folder of the checks, their pictures and media that wait to be looked at")
    model: str | None = Field(default=None, description="Folder or Hub id of the classifier; the embedded one where absent")
    faces: Literal["auto", "mtcnn", "insightface"] = "auto"
    insightface_root: Path | None = None
    frames: int = Field(default=32, ge=1, le=256, description="Moments of a video that are looked at")
    max_upload_bytes: int = Field(default=200_000_000, ge=1)
    queue_bound: int = Field(default=16, ge=1, description="Checks that may wait; one more is refused")
    keep_days: float = Field(default=7, gt=0, description="Checks older than this are forgotten, pictures and all")
    fresh_minutes: float = Field(default=60, ge=0, description="An address that was checked within this time is answered from the store")
    keep_media: bool = Field(default=False, description="Keep uploaded media after its verdict; for looking into faults only")
    test_allow_hosts: Annotated[frozenset[str], NoDecode] = Field(
        default=frozenset(), description="For tests only: host:port pairs that may be fetched although they are private"
    )

    @field_validator("test_allow_hosts", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        """``127.0.0.1:8000,127.0.0.1:8001`` -> a set."""
        return frozenset(pair.strip() for pair in value.split(",") if pair.strip()) if isinstance(value, str) else value

    @field_validator("store", "insightface_root")
    @classmethod
    def _home(cls, value: Path | None) -> Path | None:
        """``~`` -> the home folder."""
        return value.expanduser() if value else None
