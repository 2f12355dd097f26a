"""Which answers a person judges blind, whatever the machine gave them.

Drawn by a keyed hash of question and answer when an answer is graded: nobody can predict it, and the same answer to
the same question, sent again, draws the same.
"""

import hmac
import json
from collections.abc import Callable
from functools import cached_property
from hashlib import sha256

from app.grading.grader import GradeRequest

_DRAWN_BYTES = 8


class AuditSample:
    """The sample of one installation.

    Args:
        share: Share of the answers, 0..1.
        key: Gives the secret key; not asked while nothing or everything is drawn.
    """

    def __init__(self, share: float, key: Callable[[], bytes]) -> None:
        self._share = share
        self._make_key = key

    def holds(self, request: GradeRequest) -> bool:
        """Whether this answer is in the sample; case and spacing make no other answer of it."""
        if self._share in {0, 1}:
            return self._share == 1
        told = json.dumps([_plain(request.question), [_plain(part) for part in request.parts]])
        drawn = hmac.digest(self._key, told.encode(), sha256)[:_DRAWN_BYTES]
        return int.from_bytes(drawn, "big") < self._share * 2.0 ** (8 * _DRAWN_BYTES)

    @cached_property
    def _key(self) -> bytes:
        return self._make_key()


def _plain(text: str) -> str:
    return " ".join(text.split()).casefold()
