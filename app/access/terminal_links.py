"""Links of interviews that were begun in this terminal, so that they can be gone on with by their id.

The server keeps a link's digest alone. What lies here, readable by its owner only, opens nothing that the data
folder's owner could not open anyway; it goes when the interview is over.
"""

import os
import re
from collections.abc import Container
from pathlib import Path

from app.config import Settings

_FOLDER = "terminal-links"
_ID = re.compile(r"[A-Za-z0-9_-]{1,80}")


def keep_link(settings: Settings, interview_id: str, link: str) -> None:
    """Keep the link of an interview that begins."""
    path = _path(settings, interview_id)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as stream:
        stream.write(link)


def kept_link(settings: Settings, interview_id: str) -> str | None:
    """The link of that interview; None where it was not begun in this terminal, or is over."""
    if not _ID.fullmatch(interview_id):
        return None
    try:
        return _path(settings, interview_id).read_text(encoding="utf-8")
    except FileNotFoundError:
        return None


def forget_link(settings: Settings, interview_id: str) -> None:
    """Remove the link of an interview that is over or gone; harmless when there is none."""
    _path(settings, interview_id).unlink(missing_ok=True)


def sweep_links(settings: Settings, known: Container[str]) -> int:
    """Remove the links of all interviews but the known ones; gives how many there were."""
    folder = settings.data_dir / _FOLDER
    orphans = [path for path in folder.iterdir() if path.name not in known] if folder.is_dir() else []
    for path in orphans:
        path.unlink(missing_ok=True)
    return len(orphans)


def _path(settings: Settings, interview_id: str) -> Path:
    return settings.data_dir / _FOLDER / interview_id
