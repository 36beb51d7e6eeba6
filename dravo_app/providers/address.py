"""The address of a server that an account names: scheme, host and port, nothing else."""

from urllib.parse import urlsplit


def origin(text: str) -> str | None:
    """Scheme, host and port of a server's address, https where none is given; None where it is more or less than that."""
    try:
        parts = urlsplit(text if "://" in text else f"https://{text}")
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        return None
    extra = parts.username or parts.password or parts.query or parts.fragment or parts.path.strip("/")
    if parts.scheme not in ("http", "https") or not parts.hostname or extra or any(map(str.isspace, text)):
        return None
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    return f"{parts.scheme}://{host}{port}"
