from datetime import UTC, datetime, timedelta

import pytest

from app.access.cookie import is_signed_in, signed_in_until

NOW = datetime(2026, 3, 14, 10, 0, tzinfo=UTC)
TOKEN = "the-operator-token-of-this-test"


def test_a_sign_in_holds_until_its_end_and_no_longer() -> None:
    value = signed_in_until(NOW + timedelta(hours=1), TOKEN)

    assert is_signed_in(value, TOKEN, NOW)
    assert not is_signed_in(value, TOKEN, NOW + timedelta(hours=1))


def test_a_new_token_signs_everybody_out() -> None:
    value = signed_in_until(NOW + timedelta(hours=1), TOKEN)

    assert not is_signed_in(value, TOKEN + "x", NOW)


def test_the_cookie_holds_no_secret() -> None:
    assert TOKEN not in signed_in_until(NOW, TOKEN)


@pytest.mark.parametrize("forged", ["", ".", "9999999999.", "9999999999.0000", "x.y", "\ud800.\ud800", "9" * 5000])
def test_a_forged_cookie_is_nobodys(forged: str) -> None:
    assert not is_signed_in(forged, TOKEN, NOW)


def test_a_later_end_under_an_old_signature_is_forged() -> None:
    signature = signed_in_until(NOW + timedelta(hours=1), TOKEN).partition(".")[2]

    assert not is_signed_in(f"{int(NOW.timestamp()) + 10**6}.{signature}", TOKEN, NOW)
