"""The operator's sign-in: a signed statement of when it ends, with no secret inside.

The signing key is derived from the operator's token, so that a new token signs everybody out.
"""

import hashlib
import hmac
from datetime import datetime, timedelta

from starlette.requests import Request
from starlette.responses import Response

from app.access.tokens import same_secret

COOKIE = "viva_operator"
LASTS = timedelta(days=7)
_CONTEXT = b"viva sign-in 1"


def signed_in_until(expires_at: datetime, token: str) -> str:
    """The cookie's value for a sign-in that ends at that time."""
    expires = str(int(expires_at.timestamp()))
    return f"{expires}.{_signature(expires, token)}"


def is_signed_in(value: str, token: str, now: datetime) -> bool:
    """Whether a cookie's value was signed with this token and has not ended."""
    expires, _, signature = value.partition(".")
    if not same_secret(signature, _signature(expires, token)):
        return False
    return now.timestamp() < int(expires)


def sign_in(response: Response, request: Request, token: str, now: datetime) -> None:
    """Set the sign-in cookie on a response."""
    response.set_cookie(
        COOKIE,
        signed_in_until(now + LASTS, token),
        max_age=int(LASTS.total_seconds()),
        path="/",
        httponly=True,
        samesite="strict",
        secure=request.url.scheme == "https",
    )


def sign_out(response: Response, request: Request) -> None:
    """Remove the sign-in cookie with a response."""
    response.delete_cookie(COOKIE, path="/", httponly=True, samesite="strict", secure=request.url.scheme == "https")


def _signature(expires: str, token: str) -> str:
    key = hmac.new(token.encode(), _CONTEXT, hashlib.sha256).digest()
    return hmac.new(key, expires.encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()
