"""Pictures, and a server on loopback that gives them away: at once, slowly, wrongly, or not at all."""

import io
import random
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from PIL import Image

Answer = tuple[int, str, bytes]
"""Status, content type, body."""


def picture(
    kind: str = "PNG", size: tuple[int, int] = (64, 48), mode: str = "RGB", seed: int = 1, **options: Any
) -> bytes:
    """A picture of coloured grain, the same for the same seed."""
    bands = len(Image.new(mode, (1, 1)).getbands())
    grain = Image.frombytes(mode, size, random.Random(seed).randbytes(size[0] * size[1] * bands))
    buffer = io.BytesIO()
    grain.save(buffer, kind, **options)
    return buffer.getvalue()


def photo(size: tuple[int, int], seed: int = 1, quality: int = 95, **options: Any) -> bytes:
    """A JPEG of soft colours with some grain, as a camera makes it: about a byte for two pixels."""
    small = (max(1, size[0] // 16), max(1, size[1] // 16))
    soft = Image.frombytes("RGB", small, random.Random(seed).randbytes(small[0] * small[1] * 3)).resize(size)
    buffer = io.BytesIO()
    soft.save(buffer, "JPEG", quality=quality, **options)
    return buffer.getvalue()


def moving(kind: str = "GIF", frames: int = 3, size: tuple[int, int] = (32, 24)) -> bytes:
    """A moving picture."""
    made = [Image.new("RGB", size, (80 * n % 256, 40, 90)) for n in range(frames)]
    buffer = io.BytesIO()
    made[0].save(buffer, kind, save_all=True, append_images=made[1:], duration=100, loop=0)
    return buffer.getvalue()


class PictureServer:
    """`put` says what an address answers: bytes, an answer, or a function that makes one (and may take its time)."""

    def __init__(self, port: int) -> None:
        self.host = f"127.0.0.1:{port}"
        self.asked: list[str] = []
        self._answers: dict[str, Callable[[], Answer]] = {}

    def put(self, name: str, answer: bytes | Answer | Callable[[], Answer], content_type: str = "image/png") -> str:
        """The address under which it is."""
        if isinstance(answer, bytes):
            answer = (200, content_type, answer)
        self._answers[f"/{name}"] = answer if callable(answer) else lambda: answer
        return f"http://{self.host}/{name}"

    def remove(self, name: str) -> None:
        del self._answers[f"/{name}"]

    def count(self, name: str) -> int:
        """How often it was asked for."""
        return self.asked.count(f"/{name}")

    def answer(self, path: str) -> Answer:
        self.asked.append(path)
        found = self._answers.get(path)
        return found() if found else (404, "text/html", b"<html>Not here</html>")


@contextmanager
def running_picture_server() -> Iterator[PictureServer]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Speaker)
    server.daemon_threads = True
    pictures = _Speaker.pictures = PictureServer(server.server_address[1])
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield pictures
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Speaker(BaseHTTPRequestHandler):
    pictures: PictureServer

    def do_GET(self) -> None:
        status, content_type, body = self.pictures.answer(self.path)
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        try:
            self.wfile.write(body)
        except OSError:
            time.sleep(0)  # whoever asked has gone

    def log_message(self, *_: object) -> None:
        pass
