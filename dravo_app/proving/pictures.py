"""One picture on a port of loopback, for the post that has one: a network works on it for a while, and the post waits."""

import io
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from PIL import Image

_PATH = "/square.png"


@contextmanager
def serving_a_picture() -> Iterator[str]:
    """Its address, while it can be fetched."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Answer)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}{_PATH}"
    finally:
        server.shutdown()
        server.server_close()


def _square() -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (64, 64), (120, 120, 128)).save(buffer, "PNG")
    return buffer.getvalue()


class _Answer(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        body = _square()
        self.send_response(200)
        self.send_header("Content-Type", "image/png")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass
