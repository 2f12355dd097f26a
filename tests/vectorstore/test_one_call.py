"""The bundled encoder in one call: the same to the bit as layer by layer, at every length, from several threads."""

from concurrent.futures import ThreadPoolExecutor

import pytest
import torch
from torch import Tensor

from vectorstore.local_model import LocalModel
from vectorstore.model_files import find_model
from vectorstore.one_call import Pass, by_layer, one_call


@pytest.fixture(scope="module")
def known() -> Pass:
    return by_layer(LocalModel(find_model("bundled"))._encoder)


def given(batch: int, length: int) -> tuple[Tensor, Tensor, Tensor]:
    generator = torch.Generator().manual_seed(batch * 1000 + length)
    ids = torch.randint(1000, 20_000, (batch, length), generator=generator)
    visible = torch.rand((batch, 1, length, length), generator=generator) > 0.3
    return ids, visible, torch.arange(length).repeat(batch, 1)


def test_one_call_gives_what_the_layers_give_to_the_bit(known: Pass) -> None:
    recorded = one_call(known)
    assert recorded is not known
    cases = [given(batch, length) for batch in (1, 2, 5) for length in (8, 24, 40, 136, 256)]

    def same(case: tuple[Tensor, Tensor, Tensor]) -> bool:
        with torch.inference_mode():
            return all(map(torch.equal, recorded(*case), known(*case)))

    with ThreadPoolExecutor(2) as threads:
        assert all(threads.map(same, cases * 2))


def test_an_encoder_that_differs_when_recorded_is_left_as_it_was() -> None:
    class Remembering(torch.nn.Module):
        """Its recording keeps the length it was recorded at."""

        def forward(self, ids: Tensor, visible: Tensor, positions: Tensor) -> tuple[Tensor, ...]:
            length = int(ids.shape[1])
            return (ids.float() * length, positions.float() + len(ids.tolist()))

    plain = Remembering()
    assert one_call(plain) is plain


def test_an_encoder_that_cannot_be_recorded_is_left_as_it_was() -> None:
    def refuses(ids: Tensor, visible: Tensor, positions: Tensor) -> tuple[Tensor, ...]:
        raise RuntimeError("no such masks")

    assert one_call(refuses) is refuses
