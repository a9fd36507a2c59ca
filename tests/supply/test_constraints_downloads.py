"""Constraints come over verified TLS, or not at all, and what is bundled is compared by digest."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from pathlib import Path

import pytest

from airshift.clients.constraints import ConstraintsClient
from airshift.errors import ServiceError
from airshift.pin.obtain import synchronise
from airshift.pin.store import load_bundled

BODY = "\n".join(load_bundled("3.3.1", "3.12").lines()) + "\n"


class Answering(BaseHTTPRequestHandler):
    """Serves `body`, or sends the reader on to `away`."""

    body = BODY
    away = ""

    def do_GET(self) -> None:
        data = type(self).body.encode()
        self.send_response(302 if type(self).away else 200)
        if type(self).away:
            self.send_header("Location", type(self).away)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_: object) -> None:
        """Nothing is logged."""


def certificate(folder: Path) -> Path:
    """A certificate that signs itself, with its key in the same file."""
    x509 = pytest.importorskip("cryptography.x509")
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "here")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
        .serial_number(7).not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    file = folder / "certificate.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    file.write_bytes(private + made.public_bytes(serialization.Encoding.PEM))
    return file


@contextmanager
def serving(file: Path, body: str = BODY, away: str = "") -> Iterator[str]:
    handler = type("Handler", (Answering,), {"body": body, "away": away})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"https://127.0.0.1:{server.server_port}/{{version}}-{{python}}"
    server.shutdown()
    server.server_close()


def client(template: str, folder: Path) -> ConstraintsClient:
    return ConstraintsClient(template, folder, retries=0, backoff=0)


def test_a_certificate_that_nobody_vouches_for_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = certificate(tmp_path)
    with serving(file) as template:
        with pytest.raises(ServiceError, match="SSLError"):
            client(template, tmp_path / "cache").fetch("3.3.1", "3.12")
        assert not (tmp_path / "cache").exists()
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(file))
        assert client(template, tmp_path / "cache").fetch("3.3.1", "3.12").versions


def test_a_name_that_is_not_in_the_certificate_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = certificate(tmp_path)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(file))
    with serving(file) as template, pytest.raises(ServiceError, match="SSLError"):
        client(template.replace("127.0.0.1", "localhost"), tmp_path / "cache").fetch("3.3.1", "3.12")


@pytest.mark.parametrize(
    "address", ["http://mirror.invalid/{version}", "ftp://mirror.invalid/x", "HTTP://10.0.0.1/x"]
)
def test_nothing_is_taken_unencrypted(address: str, tmp_path: Path) -> None:
    with pytest.raises(ServiceError, match="only taken over https"):
        client(address, tmp_path).fetch("3.3.1", "3.12")


def test_a_redirect_does_not_lead_out_of_tls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = certificate(tmp_path)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(file))
    with serving(file, away="http://mirror.invalid/x") as template:
        with pytest.raises(ServiceError, match="only taken over https"):
            client(template, tmp_path / "cache").fetch("3.3.1", "3.12")
        assert not (tmp_path / "cache").exists()


def test_what_differs_from_the_known_digest_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = certificate(tmp_path)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(file))
    with serving(file) as template:
        assert (
            "equal to the bundled ones" in synchronise("3.3.1", "3.12", client(template, tmp_path / "a")).note
        )
    with serving(file, body=BODY + "zzz-not-there==1.0\n") as template:
        assert (
            "differs from the bundled ones in 1 lines"
            in synchronise("3.3.1", "3.12", client(template, tmp_path / "b")).note
        )
