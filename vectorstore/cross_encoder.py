"""An entailment model: a sentence-transformers `CrossEncoder` for natural language inference, on a thread of its own."""

import os
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from vectorstore.entailment import Inference, Pair
from vectorstore.errors import EmbedderUnavailable, EntailmentUnavailable
from vectorstore.model_files import find_folder, fingerprint_of
from vectorstore.model_threads import ModelThreads
from vectorstore.windows import MAX_TOKENS, readable

SETTING = "VIVA_ENTAILMENT_MODEL"
DECIMALS = 4
_OWNER = "cross-encoder"
_STEMS = {"entailment": "entail", "neutral": "neutral", "contradiction": "contradict"}
"""How a label begins, whatever its case, whether it ends in -ment, -ion, -s or -ed."""


class CrossEncoderEntailment:
    """Infers with any NLI cross-encoder on this machine; the order of its labels is read from its configuration."""

    def __init__(self, model: str) -> None:
        """Nothing is looked for yet: a model that is not there fails when it is loaded, and Viva goes on without.

        Args:
            model: A folder, or a name in the local Hugging Face cache.
        """
        self._name = Path(model).name
        self._thread = ModelThreads(partial(LocalEntailment, model), name="viva-entailment")

    @property
    def name(self) -> str:
        """The model as people know it."""
        return self._name

    @property
    def fingerprint(self) -> str:
        """See `Entailment.fingerprint`."""
        model = self._thread.loaded
        return "" if model is None else model.fingerprint

    @property
    def status(self) -> str:
        """See `Entailment.status`."""
        return self._thread.status

    def start_loading(self) -> None:
        """Begin to load on the worker thread; a failed load is not tried again in this process."""
        self._thread.start_loading()

    async def load(self) -> None:
        """Return once the model is loaded; raises as `Entailment.load` does."""
        await self._thread.model()

    async def infer(self, pairs: Sequence[Pair]) -> list[Inference]:
        """One inference a pair; see `Entailment.infer`."""
        model = await self._thread.model()
        return await self._thread.run(model.infer, pairs) if pairs else []

    async def aclose(self) -> None:
        """Drop what waits for the worker thread and let it end."""
        self._thread.close()


class LocalEntailment:
    """A loaded model; synchronous, meant for one thread.

    Attributes:
        fingerprint: The sha256 of its weights.
    """

    def __init__(self, model: str) -> None:
        """Find and load it; nothing is downloaded.

        Raises:
            EntailmentUnavailable: It is not on this machine, cannot be loaded, or is no NLI model.
        """
        try:
            folder = find_folder(model, owner=_OWNER, remedy=f"or unset {SETTING}")
            self.fingerprint = fingerprint_of(folder, SETTING)
        except EmbedderUnavailable as error:
            raise EntailmentUnavailable(str(error)) from error
        self._name = Path(model).name
        self._encoder = _load(self._name, folder)
        self._entailment, self._contradiction = _places(self._name, self._encoder.config.id2label)

    def infer(self, pairs: Sequence[Pair]) -> list[Inference]:
        """One inference a pair, in order.

        Raises:
            EntailmentUnavailable: The model fails at these texts.
        """
        texts = [(readable(pair.premise), readable(pair.hypothesis)) for pair in pairs]
        try:
            chances = self._encoder.predict(texts, apply_softmax=True, show_progress_bar=False)
        except (RuntimeError, ValueError, IndexError, TypeError) as error:
            # The type alone: such an error may quote what a candidate wrote.
            raise EntailmentUnavailable(
                f"The entailment model {self._name} failed ({type(error).__name__}); try another or unset {SETTING}."
            ) from error
        return [
            Inference(_rounded(row[self._entailment]), _rounded(row[self._contradiction])) for row in chances.tolist()
        ]


def _rounded(chance: float) -> float:
    return round(chance, DECIMALS)


def _load(name: str, folder: Path) -> Any:  # noqa: ANN401 - naming the type would import seconds of library
    os.environ["HF_HUB_OFFLINE"] = "1"
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    from safetensors import SafetensorError  # noqa: PLC0415 - only loading knows it

    try:
        # Seconds of import, so only once an inference is wanted.
        import torch  # noqa: PLC0415 (slow to import)
        from sentence_transformers import CrossEncoder  # noqa: PLC0415 (slow to import)
        from transformers.utils.logging import disable_progress_bar  # noqa: PLC0415 (slow to import)

        torch.set_num_threads(1)
        disable_progress_bar()  # type: ignore[no-untyped-call]  # the library leaves it unannotated
        encoder = CrossEncoder(
            str(folder),
            device="cpu",
            local_files_only=True,
            max_length=MAX_TOKENS,
            # Typed by a candidate, "[SEP]" is five characters and not the end of what was said.
            processor_kwargs={"split_special_tokens": True},
        )
        return encoder.eval()
    except (OSError, ValueError, KeyError, ImportError, RuntimeError, SafetensorError) as error:
        # What a damaged or foreign folder raises depends on the file that is wrong; all of them mean the same here.
        raise EntailmentUnavailable(
            f"The entailment model {name} in {folder} cannot be loaded ({type(error).__name__}: {error}); "
            f"set {SETTING} to a folder or name of a CrossEncoder NLI model, or unset it."
        ) from error


def _places(name: str, labels: Mapping[int, str]) -> tuple[int, int]:
    """Where a model's output has entailment and contradiction.

    Raises:
        EntailmentUnavailable: Its labels are not entailment, neutral and contradiction, each once.
    """
    found = {
        meaning: [place for place, label in labels.items() if str(label).strip().lower().startswith(stem)]
        for meaning, stem in _STEMS.items()
    }
    if len(labels) != len(_STEMS) or any(len(places) != 1 for places in found.values()):
        told = ", ".join(str(labels[place]) for place in sorted(labels))
        raise EntailmentUnavailable(
            f"The labels of {name} are {told}; a model of natural language inference names entailment, neutral and "
            f"contradiction under id2label in its config.json. Correct them there, or unset {SETTING}."
        )
    return int(found["entailment"][0]), int(found["contradiction"][0])
