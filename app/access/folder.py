"""The data folder: made where it is missing, and only its owner looks in."""

import os
from pathlib import Path

from app.errors import InvalidInput


def make_data_folder(folder: Path) -> None:
    """Make the folder, for its owner alone; one that is there keeps its mode.

    Raises:
        InvalidInput: It can't be made or written to.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise InvalidInput(
            f"The data folder {folder} can't be made ({error.strerror}); set VIVA_DATA_DIR to a folder of your own."
        ) from None
    if not os.access(folder, os.W_OK | os.X_OK):
        raise InvalidInput(
            f"The data folder {folder} can't be written to by this user; change its owner or set VIVA_DATA_DIR."
        )
