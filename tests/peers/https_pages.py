"""An HTTPS server of the standard library that serves fixed answers by path, and notes what it was asked."""

from __future__ import annotations

import contextlib
import ssl
import tempfile
import threading
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from pqscan.demo.certificates import CertificateMaker, CertificateSpec, KeyKind


class Pages:
    """`asked` are the paths in the order of asking, with the Host field of each."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.asked: list[tuple[str, str]] = []
        self.pages: dict[str, tuple[int, Mapping[str, str], bytes]] = {}


@contextlib.contextmanager
def serving(*, in_tls: bool = True) -> Iterator[Pages]:
    """Fill `pages` before asking: status, fields and body by path; what is not there is 404. Without `in_tls`: plain HTTP."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            pages.asked.append((self.path, self.headers.get("Host", "")))
            status, fields, body = pages.pages.get(self.path, (404, {}, b""))
            self.send_response_only(status)
            for name, value in fields.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *arguments: object) -> None:
            pass

    class Quiet(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *arguments: object) -> None:
            pass

    identity = CertificateMaker(datetime.now(UTC)).identity(CertificateSpec(KeyKind.P_256, KeyKind.P_256), ("www.demo.invalid",))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with tempfile.TemporaryDirectory(prefix="pqscan-https-") as name:
        chain, key = Path(name) / "chain.pem", Path(name) / "key.pem"
        chain.write_bytes(identity.chain_pem)
        key.write_bytes(identity.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        context.load_cert_chain(chain, key)
    server = Quiet(("127.0.0.1", 0), Handler)
    if in_tls:
        server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    pages = Pages(server.server_address[1])
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield pages
    finally:
        server.shutdown()
        server.server_close()
        thread.join(timeout=10)
