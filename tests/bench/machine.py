"""The machine that the figures were measured on, in its own words."""

import os
import platform
import sqlite3
from pathlib import Path

import psycopg
from redis import Redis


def describe() -> dict[str, str]:
    """What can be said without starting anything."""
    load = os.getloadavg()
    return {
        "CPU": f"{_cpu()}, {len(os.sched_getaffinity(0))} cores for this program",
        "Memory": f"{_memory_kib() / 1024 / 1024:.1f} GiB",
        "System": f"{_system()}, Linux {platform.release()}",
        "Python": f"{platform.python_implementation()} {platform.python_version()}",
        "SQLite": sqlite3.sqlite_version,
        "Load at start": f"{load[0]:.2f} (1 min), {load[1]:.2f} (5 min)",
    }


def describe_postgres(url: str) -> str:
    """Version and the settings that weigh most."""
    with psycopg.connect(url.replace("+psycopg", "")) as connection:
        named = ("server_version", "shared_buffers", "fsync", "synchronous_commit")
        found = [connection.execute(f"SHOW {name}".encode()).fetchone() for name in named]
    version, buffers, fsync, commit = (row[0] if row else "?" for row in found)
    return f"{version} (shared_buffers {buffers}, fsync {fsync}, synchronous_commit {commit})"


def describe_redis(url: str) -> str:
    with Redis.from_url(url) as client:
        found = client.info("server")
    name = "Valkey" if "valkey_version" in found else "Redis"
    return f"{name} {found.get('valkey_version') or found.get('redis_version')}"


def _cpu() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


def _memory_kib() -> int:
    first = Path("/proc/meminfo").read_text().splitlines()[0]
    return int(first.split()[1])


def _system() -> str:
    try:
        return platform.freedesktop_os_release()["PRETTY_NAME"]
    except (OSError, KeyError):
        return platform.system()
