"""A checked address is not enough: TLS still has to prove the name that was asked for."""

import socket
import ssl
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from dravo_app import outbound, sockets
from dravo_app.errors import MediaUnreachable

NOBODY: frozenset[str] = frozenset()
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\npng"


def certificate(folder: Path, name: str) -> Path:
    """A certificate for that name, signed by itself, and its key, in one file."""
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    signed = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = signed.public_bytes(serialization.Encoding.PEM) + key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path = folder / "certificate.pem"
    path.write_bytes(pem)
    return path


@pytest.fixture(name="server")
def _server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[int, list[bytes]]]:
    """A server for `pictures.test` whose certificate is trusted; every name leads to it. Its port, and what it was sent."""
    path, received = certificate(tmp_path, "pictures.test"), list[bytes]()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    listener = socket.create_server(("127.0.0.1", 0))
    trusting = ssl.create_default_context(cafile=str(path))
    monkeypatch.setattr(sockets, "_tls", lambda: trusting)
    monkeypatch.setattr(socket, "getaddrinfo", everything_here)
    thread = threading.Thread(target=serve, args=(listener, context, received), daemon=True)
    thread.start()
    yield listener.getsockname()[1], received
    listener.shutdown(socket.SHUT_RDWR)
    listener.close()
    thread.join(5)


def everything_here(host: str, port: int, *args: object, **more: object) -> list[tuple[object, ...]]:
    return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port))]


def serve(listener: socket.socket, context: ssl.SSLContext, received: list[bytes]) -> None:
    while True:
        try:
            plain, _ = listener.accept()
        except OSError:
            return
        try:
            with context.wrap_socket(plain, server_side=True) as connection:
                received.append(connection.recv(65536))
                connection.sendall(ANSWER)
        except OSError:  # the client did not like the certificate
            plain.close()


def fetch(name: str, port: int, into: Path) -> outbound.Fetched:
    allowed = frozenset({f"{name}:{port}"})
    return outbound.fetch(
        f"https://{name}:{port}/", into, allow_private=allowed, refuse=NOBODY, max_bytes=10, accept="*/*"
    )


def test_the_name_that_was_asked_for_is_the_name_that_is_proved(
    server: tuple[int, list[bytes]], tmp_path: Path
) -> None:
    port, received = server
    assert fetch("pictures.test", port, tmp_path / "it").size_bytes == 3
    assert f"Host: pictures.test:{port}\r\n".encode() in received[0]


@pytest.mark.parametrize("name", ["other.test", "127.0.0.1", "localhost", "a.pictures.test"])
def test_another_name_at_the_same_address_gets_no_request(
    server: tuple[int, list[bytes]], tmp_path: Path, name: str
) -> None:
    port, received = server
    with pytest.raises(MediaUnreachable):
        fetch(name, port, tmp_path / "it")
    assert received == []
