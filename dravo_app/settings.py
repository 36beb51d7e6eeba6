"""Ground floor: what the operator may set, read from the environment; the standard library only.

Order: the environment, then `<data>/run/runtime.json` (written by a running `./dravo up`, so that other verbs find its
queue and sandbox), then the default. Nothing is required.
"""

import json
import os
import re
from dataclasses import dataclass
from functools import cache
from ipaddress import IPv4Address, IPv6Address
from pathlib import Path
from urllib.parse import urlsplit

from dravo_app.errors import ConfigurationError

_LOOPBACK = ("127.0.0.1", "localhost", "::1")


@dataclass(frozen=True)
class Engine:
    """The delivery engine's times, in seconds; tests shorten them."""

    lease_seconds: float = 30.0
    heartbeat_seconds: float = 10.0
    poll_seconds: float = 0.2
    sweep_seconds: float = 1.0
    leader_seconds: float = 5.0
    drain_seconds: float = 25.0
    backoff_seconds: float = 5.0
    look_up_seconds: float = 1.0
    circuit_seconds: float = (
        5.0  # how long a network rests that broke five answers in a row; then twice as long, to a minute
    )
    settle_seconds: float = 30.0  # a network may still be at work on a request whose answer never came
    threads: int = 128  # conversations at once; they wait, mostly

    @property
    def sure_seconds(self) -> float:
        """How long after it last made its leases anew a worker may still let a request leave.

        One that is cut off from the database lives on and may reach its networks; whoever takes over has to know how long.
        """
        return min(self.lease_seconds, 0.7 * self.heartbeat_seconds + 0.3 * self.lease_seconds)


@dataclass(frozen=True)
class Settings:
    """One process's settings; `data_dir` is absolute."""

    data_dir: Path
    host: str
    port: int
    public_url: str
    sandbox: bool
    sandbox_url: str
    allow_private: frozenset[str]
    database_url: str
    redis_url: str
    secret_key: str
    late_after_seconds: int
    engine: Engine

    @property
    def is_loopback(self) -> bool:
        """Is the web server reachable from this machine only?"""
        return self.host in _LOOPBACK

    @property
    def has_public_name(self) -> bool:
        """Is it meant to be reached from elsewhere, through a proxy? Some proxies leave no mark on what they pass on."""
        return (urlsplit(self.public_url).hostname or "") not in _LOOPBACK


@cache
def get_settings() -> Settings:
    """The process's settings, read once. Raises ConfigurationError with the variable's name."""
    return read_settings(dict(os.environ))


def read_settings(environ: dict[str, str]) -> Settings:
    """Settings from a given environment. Raises ConfigurationError with the variable's name."""
    data_dir = Path(environ.get("DRAVO_DATA_DIR") or "data").expanduser().resolve()
    running = _runtime(data_dir)
    host = environ.get("DRAVO_HOST") or "127.0.0.1"
    port = _port(environ.get("DRAVO_PORT") or "8000")
    return Settings(
        data_dir=data_dir,
        host=host,
        port=port,
        public_url=(environ.get("DRAVO_PUBLIC_URL") or f"http://{_shown(host)}:{port}").rstrip("/"),
        sandbox=_switch("DRAVO_SANDBOX", environ.get("DRAVO_SANDBOX") or "on"),
        sandbox_url=(environ.get("DRAVO_SANDBOX_URL") or running.get("sandbox_url", "")).rstrip("/"),
        allow_private=_allow_private(environ.get("DRAVO_ALLOW_PRIVATE", "")),
        database_url=_database(environ.get("DATABASE_URL") or f"sqlite:///{data_dir / 'dravo.db'}"),
        redis_url=_redis(environ.get("REDIS_URL") or running.get("redis_url", "")),
        secret_key=_secret(environ),
        late_after_seconds=_late_after(environ.get("DRAVO_LATE_AFTER_SECONDS") or "300"),
        engine=_engine(environ),
    )


def _runtime(data_dir: Path) -> dict[str, str]:
    try:
        found = json.loads((data_dir / "run" / "runtime.json").read_text())
    except (OSError, ValueError):
        return {}
    return {name: value for name, value in found.items() if isinstance(value, str)}


def _port(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= 65535:
        raise ConfigurationError("DRAVO_PORT must be a number from 1 to 65535.")
    return int(text)


def _late_after(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= 86_400:
        raise ConfigurationError("DRAVO_LATE_AFTER_SECONDS must be a whole number from 1 to 86400.")
    return int(text)


def _allow_private(text: str) -> frozenset[str]:
    entries = frozenset(filter(None, (entry.strip() for entry in text.split(","))))
    for entry in sorted(entries):
        host, _, port = entry.rpartition(":")
        if not _is_host(host) or not re.fullmatch(r"[1-9][0-9]{0,4}", port) or int(port) > 65535:
            raise ConfigurationError(
                f"DRAVO_ALLOW_PRIVATE must list host:port, such as pds.internal:443 or [::1]:3000, but says {entry!r}."
            )
    return entries


def _is_host(text: str) -> bool:
    """Is it a name in ASCII, a whole IPv4 address or an IPv6 address in brackets? 127.1 is neither."""
    try:
        if text.startswith("["):
            return text.endswith("]") and bool(IPv6Address(text[1:-1])) and "%" not in text
        return bool(IPv4Address(text))
    except ValueError:
        labels = text.lower().removesuffix(".").split(".")
        is_name = len(text) < 254 and all(_LABEL.fullmatch(label) for label in labels)
        return is_name and not re.fullmatch(r"[0-9]+|0x[0-9a-f]*", labels[-1])


_LABEL = re.compile(r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?")


def _shown(host: str) -> str:
    if host in ("0.0.0.0", "::", ""):
        return "127.0.0.1"
    return f"[{host}]" if ":" in host else host


def _switch(name: str, text: str) -> bool:
    if text.lower() in ("on", "1", "true", "yes"):
        return True
    if text.lower() in ("off", "0", "false", "no"):
        return False
    raise ConfigurationError(f"{name} must be on or off.")


def _database(url: str) -> str:
    for plain in ("postgres://", "postgresql://"):
        if url.startswith(plain):
            return "postgresql+psycopg://" + url[len(plain) :]
    if url.startswith(("sqlite:///", "postgresql+psycopg://")):
        return url
    raise ConfigurationError("DATABASE_URL must begin with sqlite:/// or postgresql://.")


def _redis(url: str) -> str:
    if url and not url.startswith(("redis://", "rediss://", "unix://")):
        raise ConfigurationError("REDIS_URL must begin with redis://, rediss:// or unix://.")
    return url


def _secret(environ: dict[str, str]) -> str:
    path = environ.get("DRAVO_SECRET_KEY_FILE")
    if not path or environ.get("DRAVO_SECRET_KEY"):
        return environ.get("DRAVO_SECRET_KEY", "").strip()
    try:
        return Path(path).read_text().strip()
    except OSError as error:
        raise ConfigurationError(f"DRAVO_SECRET_KEY_FILE can't be read: {error.strerror}.") from None


def _engine(environ: dict[str, str]) -> Engine:
    values: dict[str, float | int] = {}
    for name, default in Engine().__dict__.items():
        text = environ.get(f"DRAVO_ENGINE_{name.upper()}")
        if text is None:
            continue
        try:
            values[name] = type(default)(text)
        except ValueError:
            raise ConfigurationError(f"DRAVO_ENGINE_{name.upper()} must be a number.") from None
    return Engine(**values)  # type: ignore[arg-type]  # the loop gives each field its own type
