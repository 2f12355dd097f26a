"""Where messages may go: public addresses, and what the operator named."""

from collections.abc import Sequence

import pytest

from app.errors import InvalidInput, NotPermitted
from app.webhooks.addresses import Guard, Resolve, is_public


def known(*addresses: str) -> Resolve:
    async def resolve(_host: str, _port: int) -> Sequence[str]:
        return addresses

    return resolve


@pytest.mark.parametrize("address", ["93.184.216.34", "8.8.8.8", "2606:2800:220:1::1", "::ffff:8.8.8.8"])
def test_the_public_internet_is_public(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "127.9.9.9",
        "0.0.0.0",
        "10.0.0.7",
        "172.16.3.4",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "224.0.0.1",
        "240.0.0.1",
        "255.255.255.255",
        "192.0.2.1",
        "198.18.0.1",
        "::",
        "::1",
        "::ffff:127.0.0.1",
        "::ffff:169.254.169.254",
        "::127.0.0.1",
        "64:ff9b::7f00:1",
        "2002:7f00:1::",
        "2001:0:7f00:1::",
        "fe80::1",
        "fe80::1%eth0",
        "fc00::1",
        "ff02::1",
        "not an address",
    ],
)
def test_what_leads_anywhere_else_is_not(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize(
    ("url", "host", "port"),
    [
        ("https://example.org/hooks/viva?x=1", "example.org", 443),
        ("https://EXAMPLE.org.:8443/", "example.org", 8443),
        ("https://[2606:2800:220:1::1]/", "2606:2800:220:1::1", 443),
        ("http://hooks.internal/viva", "hooks.internal", 80),
    ],
)
def test_an_address_is_taken_apart(url: str, host: str, port: int) -> None:
    assert Guard(frozenset({"hooks.internal"})).checked(url) == (host, port)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "example.org",
        "ftp://example.org/",
        "file:///etc/passwd",
        "https://",
        "https://user:secret@example.org/",
        "https://@example.org/",
        "https://example.org/#there",
        "https://example.org:99999/",
        "https://example.org\\@inside/",
        "https://exa mple.org/",
        "https://example.org/\r\nHost: inside",
        "https://ex\u00e4mple.org/",
        "https://[::1",
        "http://example.org/",
        "https://example.org/" + "x" * 1000,
    ],
)
def test_an_address_that_is_none_is_refused_with_an_example(url: str) -> None:
    with pytest.raises(InvalidInput, match=r"url: give an address such as https://example\.org"):
        Guard().checked(url)


async def test_a_message_goes_to_the_very_address_that_was_looked_at() -> None:
    target = await Guard().target("https://example.org/hook", known("93.184.216.34", "8.8.8.8"))
    assert (target.address, target.host, target.port) == ("93.184.216.34", "example.org", 443)


@pytest.mark.parametrize("addresses", [("127.0.0.1",), ("93.184.216.34", "10.0.0.7")])
async def test_a_name_that_leads_inside_gets_nothing(addresses: tuple[str, ...]) -> None:
    with pytest.raises(NotPermitted, match="VIVA_WEBHOOK_HOSTS"):
        await Guard().target("https://example.org/hook", known(*addresses))


async def test_a_host_that_the_operator_named_may_be_inside() -> None:
    target = await Guard(frozenset({"10.0.0.7"})).target("http://10.0.0.7:9000/hook", known("10.0.0.7"))
    assert (target.address, target.port) == ("10.0.0.7", 9000)


async def test_a_name_without_an_address_is_no_answer() -> None:
    with pytest.raises(OSError, match="no address"):
        await Guard().target("https://example.org/hook", known())
