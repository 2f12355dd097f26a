"""What the SDK's connections do where an endpoint, the network or the environment is not as usual."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from app.errors import LLMUnavailable
from app.llm.chat import StructuredRequest
from tests.llm.conftest import OpenChat
from tests.stub_llm import StubLLM

KEY_REFUSED = b"HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


@asynccontextmanager
async def saying(reply: bytes, *, tls: ssl.SSLContext | None = None) -> AsyncIterator[tuple[str, list[bytes]]]:
    """The address of a server that sends these bytes and hangs up, and the first lines that it was sent."""
    heard: list[bytes] = []

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        heard.append(head.splitlines()[0])
        writer.write(reply)
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(talk, "127.0.0.1", 0, ssl=tls)
    async with server:
        yield f"127.0.0.1:{server.sockets[0].getsockname()[1]}", heard


async def test_a_model_is_asked_by_the_sdk_for_the_organization_and_project_of_the_environment(
    open_chat: OpenChat, stub_llm: StubLLM, request_: StructuredRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_ORG_ID", "org-1")
    monkeypatch.setenv("OPENAI_PROJECT_ID", "project-1")
    await open_chat().complete(request_)
    headers = stub_llm.chats[0].headers
    assert headers["user-agent"].startswith("AsyncOpenAI/Python")
    assert (headers["openai-organization"], headers["openai-project"]) == ("org-1", "project-1")


@pytest.mark.parametrize(
    "reply",
    [
        b"",
        b"SSH-2.0-OpenSSH_9.9\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n{",
        b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Encoding: gzip\r\nContent-Length: 8\r\n\r\nnot gzip",
        b"HTTP/1.1 500 Internal Server Error\r\nContent-Length: 100\r\n\r\n{",
    ],
    ids=["nothing", "no HTTP", "cut", "no chunks", "no gzip", "cut error"],
)
async def test_a_server_that_breaks_off_is_no_time_out(
    open_chat: OpenChat, request_: StructuredRequest, reply: bytes
) -> None:
    async with saying(reply) as (address, heard):
        with pytest.raises(LLMUnavailable, match=r"broke off its reply \(4 attempts\)"):
            await open_chat(base_url=f"http://{address}/v1").complete(request_)
    assert len(heard) == 4


async def test_an_address_that_cannot_be_read_is_unavailable(open_chat: OpenChat, request_: StructuredRequest) -> None:
    with pytest.raises(LLMUnavailable, match="VIVA_LLM_BASE_URL"):
        await open_chat(base_url="http://model.example:port/v1").complete(request_)


async def test_a_proxy_is_asked_for_a_tunnel_to_a_server_with_tls(
    open_chat: OpenChat, request_: StructuredRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with saying(b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n") as (address, heard):
        monkeypatch.setenv("https_proxy", f"http://{address}")
        with pytest.raises(LLMUnavailable, match="broke off its reply"):
            await open_chat(base_url="https://model.example/v1").complete(request_)
    assert set(heard) == {b"CONNECT model.example:443 HTTP/1.1"}


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """A certificate for 127.0.0.1 that is signed by itself, with its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "model")])
    now = datetime.now(UTC)
    signed = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path / "model.pem"
    path.write_bytes(
        key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()) + signed.public_bytes(Encoding.PEM)
    )
    return path


@pytest.mark.parametrize("trusted", [True, False], ids=["trusted", "not trusted"])
async def test_certificates_that_the_environment_names_are_trusted_and_others_not(
    open_chat: OpenChat,
    request_: StructuredRequest,
    certificate: Path,
    trusted: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    tls.load_cert_chain(certificate)
    monkeypatch.delenv("SSL_CERT_FILE", raising=False)
    monkeypatch.delenv("SSL_CERT_DIR", raising=False)
    if trusted:
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    async with saying(KEY_REFUSED, tls=tls) as (address, heard):
        with pytest.raises(LLMUnavailable, match="refused the key" if trusted else "cannot be reached"):
            await open_chat(base_url=f"https://{address}/v1").complete(request_)
    assert bool(heard) == trusted
