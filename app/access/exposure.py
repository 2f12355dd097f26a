"""Which names the server answers to, and when it may listen beyond this machine."""

import ipaddress
from urllib.parse import urlsplit

from app.config import Settings
from app.errors import InvalidInput

LOOPBACK_NAMES = frozenset({"localhost", "127.0.0.1", "::1"})
_ANY_ADDRESS = frozenset({"0.0.0.0", "::", ""})  # noqa: S104 - recognised here, never listened on by default


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach that address."""
    name = host.strip("[]").lower()
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False


def check_exposure(settings: Settings) -> None:
    """Refuse to be reachable from other machines with a token that nobody chose.

    Raises:
        InvalidInput: The address is not this machine's own and VIVA_OPERATOR_TOKEN is not set, or VIVA_PUBLIC_URL is
            not an address.
    """
    if settings.public_url is not None:
        parts = urlsplit(settings.public_url)
        if parts.scheme not in {"http", "https"} or not parts.hostname or parts.path not in {"", "/"}:
            raise InvalidInput(
                f"VIVA_PUBLIC_URL is {settings.public_url!r}; expected a scheme and a host, such as "
                "https://viva.example.org."
            )
    if not is_loopback(settings.host) and settings.operator_token is None:
        raise InvalidInput(
            f"Listening on {settings.host} lets other machines in. Set VIVA_OPERATOR_TOKEN to a long random text "
            "first, or listen on 127.0.0.1."
        )


def accepted_hosts(settings: Settings) -> frozenset[str]:
    """The host names, without ports, under which requests are answered: anything else may be a rebound name."""
    hosts = set(LOOPBACK_NAMES)
    if settings.host not in _ANY_ADDRESS:
        hosts.add(settings.host.strip("[]").lower())
    if settings.public_url is not None and (public := urlsplit(settings.public_url).hostname):
        hosts.add(public.lower())
    return frozenset(hosts)
