"""The Space's settings: read once at the edge from the environment (``TELLTALE_…``) or handed over by ``telltale serve``.

Nothing below the edge reads the environment; everything else takes these values as arguments.
"""

import re
import sys
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from space.core.allowed_hosts import name_in
from telltale.core.errors import BadRequest
from telltale.core.renamed import PREFIX, adopt_variables
from telltale.net import limits

Hosts = Annotated[frozenset[str], NoDecode]
ORIGIN = re.compile(r"[a-z][a-z-]*://[a-z0-9._-]+(:[0-9]+)?")
LEAST_TOKEN = 16
"""Letters of a token, so that it cannot be guessed."""


class Settings(BaseSettings):
    """What a person who runs a server may choose."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, extra="ignore", validate_by_name=True, hide_input_in_errors=True)

    host: str = Field(default="127.0.0.1", description="Address to listen on")
    port: int = Field(default=7860, ge=0, le=65535, description="Port to listen on")
    allowed_hosts: Hosts = Field(
        default=frozenset(),
        description="Names under which this server answers, beside localhost and the address it listens on; * answers to all",
    )
    root_path: str = Field(default="", description="Path under which a proxy of your own shows this server, such as /telltale")
    space_host: str = Field(default="", validation_alias="SPACE_HOST", description="The Space's own name, which its platform sets")
    cors_origins: Hosts = Field(
        default=frozenset(), description="Pages and extensions that may read answers from elsewhere, such as https://example.org"
    )
    api_tokens: Annotated[frozenset[SecretStr], NoDecode] = Field(
        default=frozenset(), description="Who has none of these gets no further than /health; at least 16 letters each, commas between them"
    )
    rate_limit_per_minute: int = Field(default=60, ge=0, description="Checks that one caller may ask for in a minute; 0 sets no limit")
    trusted_proxy_hops: int = Field(default=0, ge=0, le=9, description="Proxies of your own before this server, which tell it who asks")
    data_dir: Path = Field(
        default=Path("~/.telltale"), description="Folder of the checks, their pictures and media that wait to be looked at"
    )
    database_url: SecretStr | None = Field(
        default=None,
        description="PostgreSQL (postgresql://user:password@host/name) that many servers and workers share; SQLite where absent",
    )
    worker_processes: int = Field(
        default=1, ge=0, le=64, description="Processes of this server that run checks; more than one, or none at all, needs PostgreSQL"
    )
    concurrency: int = Field(
        default=1,
        ge=1,
        le=64,
        description="Checks that each process runs at the same time: one reads while another computes, and on a GPU they share batches",
    )
    model: str | None = Field(
        default=None, description="Folder, Hub id or name (see `telltale models`) of the classifier; the embedded one where absent"
    )
    fake_labels: str = Field(
        default="", description="Classes of the model that mean a fake, with commas between, where its names do not say so"
    )
    crop: Literal["aligned", "loose", "wide", "picture"] | None = Field(
        default=None, description="What a model without settings of its own looks at: aligned, loose, wide or picture"
    )
    face_detector: Literal["auto", "mtcnn", "insightface"] = Field(default="auto", description="Face detector: auto, mtcnn or insightface")
    insightface_root: Path | None = Field(default=None, description="Folder of InsightFace's packs; ~/.insightface where absent")
    num_frames: int | None = Field(
        default=None, ge=1, le=256, description="Moments of a video that are looked at; the model's number where absent"
    )
    max_upload_bytes: int = Field(default=200_000_000, ge=1, description="The largest file that is taken")
    max_download_mb: float = Field(
        default=limits.MAX_MEGABYTES, ge=limits.LEAST_MEGABYTES, le=limits.MOST_MEGABYTES, description="The most that is read of one video"
    )
    fetch_timeout: float = Field(default=limits.MAX_SECONDS, gt=0, allow_inf_nan=False, description="The longest that fetching may take")
    max_duration_minutes: float = Field(
        default=limits.MAX_MINUTES, gt=0, allow_inf_nan=False, description="The longest video that is fetched"
    )
    max_pixels: int = Field(default=limits.MAX_PIXELS, ge=1, description="The largest picture that is decoded, width times height")
    max_requests: int = Field(default=limits.MAX_REQUESTS, ge=1, description="The most requests for one video")
    fetch_allow_hosts: Hosts = Field(
        default=frozenset(), description="Sites that may be fetched from, with commas between them; all where empty"
    )
    fetch_deny_hosts: Hosts = Field(default=frozenset(), description="Sites that are never fetched from")
    trust_list: Path | None = Field(
        default=None, description="Certificates (PEM) of trusted signers of Content Credentials; none where absent"
    )
    max_queued: int = Field(default=16, ge=1, description="Checks that may wait; one more is refused")
    retention_hours: float = Field(
        default=168, gt=0, allow_inf_nan=False, description="After this time a check is deleted: address, result, pictures, media"
    )
    url_cache_minutes: float = Field(default=60, ge=0, description="An address checked within this time is answered from the store")
    keep_media: bool = Field(default=False, description="Keep uploaded media after its verdict; for looking into faults only")
    test_allow_hosts: Hosts = Field(
        default=frozenset(), description="For tests only: host:port pairs that may be fetched although they are private"
    )

    @field_validator("test_allow_hosts", "allowed_hosts", "cors_origins", "api_tokens", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        """``127.0.0.1:8000,127.0.0.1:8001`` -> a set."""
        return frozenset(pair.strip() for pair in value.split(",") if pair.strip()) if isinstance(value, str) else value

    @field_validator("api_tokens")
    @classmethod
    def _tokens(cls, value: frozenset[SecretStr]) -> frozenset[SecretStr]:
        """Long enough, and such as can stand in a header."""
        if any(len(token) < LEAST_TOKEN or not token.get_secret_value().isascii() for token in value):
            raise ValueError(f"a token must have at least {LEAST_TOKEN} plain letters")
        return value

    @field_validator("cors_origins")
    @classmethod
    def _origins(cls, value: frozenset[str]) -> frozenset[str]:
        """A scheme and a host, as a browser sends them."""
        for origin in value:
            if not ORIGIN.fullmatch(origin):
                raise ValueError("an origin is a scheme and a host, such as https://example.org or chrome-extension://…")
        return value

    @field_validator("allowed_hosts")
    @classmethod
    def _names(cls, value: frozenset[str]) -> frozenset[str]:
        """Names without scheme, port or path."""
        for name in value:
            if name != "*" and name_in(name) != name.lower():
                raise ValueError("a host is a name such as example.org, without https:// and without a port")
        return value

    @field_validator("root_path")
    @classmethod
    def _path(cls, value: str) -> str:
        """``telltale/`` -> ``/telltale``."""
        path = "/".join(["", *filter(None, value.split("/"))])
        if not re.fullmatch(r"[A-Za-z0-9._~/-]*", path) or ".." in path:
            raise ValueError("a path is such as /telltale")
        return path

    @field_validator("fetch_allow_hosts", "fetch_deny_hosts", mode="before")
    @classmethod
    def _hosts(cls, value: object) -> object:
        """``example.org, *.example.com`` -> a set of plain names."""
        try:
            return limits.hosts_in(value) if isinstance(value, str | set | frozenset | list | tuple) else value
        except BadRequest as error:
            raise ValueError(error.sentence) from error

    @property
    def fake_label_names(self) -> tuple[str, ...]:
        """The classes named by ``fake_labels``."""
        return tuple(name.strip() for name in self.fake_labels.split(",") if name.strip())

    @model_validator(mode="after")
    def _shared(self) -> Self:
        """A file of SQLite is one server's own."""
        if self.worker_processes != 1 and not self.database_url:
            raise ValueError("other workers than the server's own one can be had with TELLTALE_DATABASE_URL only")
        return self

    @property
    def database(self) -> str | None:
        """The database's address, with its password."""
        return self.database_url.get_secret_value() if self.database_url else None

    @property
    def fetch_limits(self) -> limits.FetchLimits:
        """The bounds of every fetch."""
        return limits.FetchLimits(
            max_bytes=int(self.max_download_mb * 1e6),
            max_seconds=self.fetch_timeout,
            max_duration=self.max_duration_minutes * 60,
            max_pixels=self.max_pixels,
            max_requests=self.max_requests,
            only_hosts=self.fetch_allow_hosts,
            never_hosts=self.fetch_deny_hosts,
            allow_hosts=self.test_allow_hosts,
        )

    @field_validator("data_dir", "insightface_root", "trust_list")
    @classmethod
    def _home(cls, value: Path | None) -> Path | None:
        """``~`` -> the home folder."""
        return value.expanduser() if value else None


def read_settings(**chosen: object) -> Settings:
    """The environment's settings, and ``chosen`` before them where it is not None. Raises BadRequest("request.invalid") for a bad one."""
    adopt_variables(sys.stderr)
    try:
        return Settings(**{name: value for name, value in chosen.items() if value is not None})  # type: ignore[arg-type]
    except ValidationError as error:
        wrong = "; ".join(
            f"{PREFIX}{str(one['loc'][0] if one['loc'] else 'worker_processes').upper()}: {plainly(one['msg'])}" for one in error.errors()
        )
        raise BadRequest("request.invalid", "setting", why=wrong) from error


def plainly(message: str) -> str:
    """What pydantic says of a value, without its own name for the fault."""
    return message.removeprefix("Value error, ").removesuffix(".")


def describe_settings() -> list[str]:
    """Every variable with its default and what it sets, one on a line; those for tests are left out."""
    fields = {name: field for name, field in Settings.model_fields.items() if not name.startswith("test_") and not field.validation_alias}
    return [f"{PREFIX}{name.upper()} ({format_default(field.default)}): {field.description}." for name, field in fields.items()]


def format_default(value: object) -> str:
    """A default as a person would write it in the environment."""
    return "empty" if value is None or value == frozenset() else f"{value:g}" if isinstance(value, float) else str(value)
