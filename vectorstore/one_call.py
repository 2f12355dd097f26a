"""An encoder as one call: its whole pass recorded beforehand, so that it runs without Python in between.

Layer by layer, every operation gives the interpreter's lock back and waits for it again. Beside threads that are busy
in Python a pass of forty milliseconds then takes several hundred; as one call it waits once.
"""

import logging
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

LAYERS = 2
"""Last layers that a pass gives."""
Pass = Callable[[Any, Any, Any], tuple[Any, ...]]
"""From token ids (batch, length), a mask of who sees whom (batch, 1, length, length) and positions (batch, length)
to the last hidden layers, each (batch, length, d)."""
_RECORDED_AT = 2, 24
_CHECKED_AT = (1, 8), (3, 40)


def by_layer(encoder: Any) -> Pass:  # noqa: ANN401 - naming the type would import seconds of library
    """The encoder's pass as the library does it, layer by layer.

    Args:
        encoder: A transformers encoder on the CPU, in evaluation mode.
    """
    # Loaded by now; at module level it would cost every command seconds.
    import torch  # noqa: PLC0415 (slow to import)

    class LastLayers(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.encoder = encoder

        def forward(self, ids: Any, visible: Any, positions: Any) -> tuple[Any, ...]:  # noqa: ANN401
            found = self.encoder(
                input_ids=ids, attention_mask=visible, position_ids=positions, output_hidden_states=True
            )
            return tuple(found.hidden_states[-LAYERS:])

    return LastLayers().eval()


def one_call(known: Pass) -> Pass:
    """The pass as one call where that gives the same to the bit, else as it was."""
    import torch  # noqa: PLC0415 (slow to import)

    with torch.inference_mode(), warnings.catch_warnings(), _quiet_library():
        # Recording is called deprecated, in favour of compilers that a laptop lacks; the pinned version has it, and
        # what was recorded is compared with what it stands for.
        warnings.simplefilter("ignore")
        try:
            recorded: Pass = torch.jit.trace(known, _inputs(*_RECORDED_AT), check_trace=False)  # type: ignore[no-untyped-call]
            for batch, length in _CHECKED_AT:
                given = _inputs(batch, length)
                if not all(map(torch.equal, recorded(*given), known(*given))):
                    return known
        except (RuntimeError, TypeError, ValueError, IndexError, AttributeError):
            # What an architecture that can't be recorded raises depends on the architecture.
            return known
    return recorded


@contextmanager
def _quiet_library() -> Iterator[None]:
    """Recording looks at every attribute of the encoder, some of which the library comments on."""
    logger = logging.getLogger("transformers")
    before = logger.level
    logger.setLevel(logging.ERROR)
    try:
        yield
    finally:
        logger.setLevel(before)


def _inputs(batch: int, length: int) -> tuple[Any, Any, Any]:
    """Tokens that every vocabulary has, who sees whom among them, and their places."""
    import torch  # noqa: PLC0415 (slow to import)

    ids = torch.arange(batch * length).reshape(batch, length) % 90 + 5
    visible = (torch.arange(length)[None, :] - torch.arange(length)[:, None]).abs() % 7 < 5
    return ids, visible.expand(batch, 1, length, length).clone(), torch.arange(length).repeat(batch, 1)
