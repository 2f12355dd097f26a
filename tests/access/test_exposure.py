import pytest
from pydantic import SecretStr

from app.access.exposure import accepted_hosts, check_exposure, is_loopback
from app.config import Settings
from app.errors import InvalidInput

CHOSEN = SecretStr("a-token-that-somebody-chose")


@pytest.mark.parametrize("host", ["127.0.0.1", "127.9.9.9", "::1", "[::1]", "localhost", "LOCALHOST"])
def test_this_machine_alone_needs_no_chosen_token(host: str) -> None:
    assert is_loopback(host)
    check_exposure(Settings(host=host))


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.5", "viva.example.org", "localhost.example.org", ""])
def test_other_machines_are_let_in_only_with_a_chosen_token(host: str) -> None:
    with pytest.raises(InvalidInput, match="VIVA_OPERATOR_TOKEN"):
        check_exposure(Settings(host=host))
    check_exposure(Settings(host=host, operator_token=CHOSEN))


@pytest.mark.parametrize("url", ["viva.example.org", "ftp://viva.example.org", "https://", "https://a.example/viva"])
def test_a_public_address_that_is_none_is_refused(url: str) -> None:
    with pytest.raises(InvalidInput, match="VIVA_PUBLIC_URL"):
        check_exposure(Settings(public_url=url))


def test_listening_everywhere_still_answers_only_to_known_names() -> None:
    hosts = accepted_hosts(Settings(host="0.0.0.0", operator_token=CHOSEN, public_url="https://Viva.example.org:8443"))

    assert hosts == {"localhost", "127.0.0.1", "::1", "viva.example.org"}
