"""The style sheet, scripts and icon, served from the package and cached by their content."""

import hashlib
from dataclasses import dataclass
from functools import cache
from importlib import resources

from fastapi import APIRouter, Request
from fastapi.responses import Response

from app.errors import NotFound

MEDIA_TYPES = {
    "viva.css": "text/css; charset=utf-8",
    "viva.js": "text/javascript; charset=utf-8",
    "icon.svg": "image/svg+xml",
    "vendor/htmx.min.js": "text/javascript; charset=utf-8",
}
router = APIRouter(include_in_schema=False)


@dataclass(frozen=True, slots=True)
class Asset:
    """One file: its bytes, media type and SHA-256."""

    content: bytes
    media_type: str
    sha256: str


@cache
def asset(name: str) -> Asset:
    """That file.

    Raises:
        NotFound: It is none of the known ones.
    """
    if name not in MEDIA_TYPES:
        raise NotFound("There is no such file.")
    content = resources.files("app.web").joinpath("static", name).read_bytes()
    return Asset(content, MEDIA_TYPES[name], hashlib.sha256(content).hexdigest())


def address(name: str) -> str:
    """Its address, which changes with its content so that it may be cached for good."""
    return f"/static/{name}?v={asset(name).sha256[:12]}"


@router.get("/static/{name:path}")
async def static_file(name: str, request: Request) -> Response:
    """A file of the pages."""
    found = asset(name)
    is_pinned = request.query_params.get("v") == found.sha256[:12]
    lasting = "public, max-age=31536000, immutable" if is_pinned else "no-cache"
    headers = {"Cache-Control": lasting, "ETag": f'"{found.sha256[:32]}"'}
    if request.headers.get("if-none-match") == headers["ETag"]:
        return Response(status_code=304, headers=headers)
    return Response(found.content, media_type=found.media_type, headers=headers)
