"""Where messages may go: to public addresses, and to what the operator named inside the network.

A webhook's address is typed by people, and its name can come to mean another machine at any time. So the name is
resolved before each try, every address that it has must be public, and the connection goes to the very address that
was looked at.
"""

import ipaddress
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address
from urllib.parse import urlsplit

from app.errors import InvalidInput, NotPermitted

LONGEST_ADDRESS = 1000
_IPV6_PUBLIC = ipaddress.IPv6Network("2000::/3")
_IPV6_TUNNELS = (ipaddress.IPv6Network("2001::/32"), ipaddress.IPv6Network("2002::/16"))
Resolve = Callable[[str, int], Awaitable[Sequence[str]]]
"""The addresses of a host name; raises OSError where they can't be found out."""


@dataclass(frozen=True, slots=True)
class Target:
    """Where a message goes.

    Attributes:
        url: As it was typed.
        host: Its name, for the certificate and the Host header.
        address: The one of its addresses that is connected to.
    """

    url: str
    host: str
    port: int
    address: str


@dataclass(frozen=True, slots=True)
class Guard:
    """Decides where messages may go.

    Attributes:
        inside: Host names and addresses that the operator lets messages go to although they are not public; plain HTTP
            is good enough for them.
    """

    inside: frozenset[str] = frozenset()

    def checked(self, url: str) -> tuple[str, int]:
        """Host and port of an address that can be a webhook's.

        Raises:
            InvalidInput: It can't; the sentence says what would do.
        """
        wanted = "url: give an address such as https://example.org/hooks/viva"
        if len(url) > LONGEST_ADDRESS or not url.isascii() or not url.isprintable() or " " in url or "\\" in url:
            raise InvalidInput(f"{wanted}, of at most {LONGEST_ADDRESS} printable ASCII characters.")
        try:
            parts = urlsplit(url)
            host, port = (parts.hostname or "").rstrip("."), parts.port
        except ValueError:
            raise InvalidInput(f"{wanted}.") from None
        if parts.scheme not in {"http", "https"} or not host:
            raise InvalidInput(f"{wanted}.")
        if parts.username is not None or parts.password is not None or parts.fragment:
            raise InvalidInput(f"{wanted}, without a user name, a password or a fragment.")
        if parts.scheme == "http" and host not in self.inside:
            raise InvalidInput(f"{wanted}; plain HTTP is for hosts that VIVA_WEBHOOK_HOSTS names.")
        return host, port if port is not None else 443 if parts.scheme == "https" else 80

    async def target(self, url: str, resolve: Resolve) -> Target:
        """Where a message to that address goes now.

        Raises:
            InvalidInput: It is no address of a webhook any more.
            NotPermitted: The name has an address that is not public.
            OSError: The name has no address now.
        """
        host, port = self.checked(url)
        found = await resolve(host, port)
        if not found:
            raise OSError(f"the name {host} has no address")
        if host not in self.inside and not all(map(is_public, found)):
            raise NotPermitted(
                f"The name {host} leads inside a network; name it in VIVA_WEBHOOK_HOSTS if messages may go there."
            )
        return Target(url, host, port, found[0])


def is_public(address: str) -> bool:
    """Whether that is an address of one machine in the public internet, and not a way into another network."""
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(found, IPv6Address):
        found = found.ipv4_mapped or found
    if isinstance(found, IPv4Address):
        return found.is_global and not found.is_multicast and not found.is_reserved
    return found.is_global and found in _IPV6_PUBLIC and not any(found in tunnel for tunnel in _IPV6_TUNNELS)
