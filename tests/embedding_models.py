"""Tiny embedding models with random weights: of architectures that can read texts side by side, and of some that can't."""

import string
from pathlib import Path
from typing import Any

LIMIT = 64
"""Longest text that they read at once, in tokens."""
_WORDS = (
    *("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"),
    *string.ascii_lowercase,
    *(f"##{letter}" for letter in string.ascii_lowercase),
    *string.punctuation,
)


def save_embedding_model(folder: Path, architecture: str) -> Path:
    """Make the model's folder.

    Args:
        folder: Where; made when it is not there.
        architecture: "bert" takes masks and positions as they are given. "mpnet" takes them and reads positions of
            its own, "deberta" takes no mask of blocks at all.
    """
    import torch
    from transformers import BertTokenizer

    folder.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(0)
    _model(architecture).save_pretrained(folder)
    vocabulary = folder / "vocab.txt"
    vocabulary.write_text("\n".join(_WORDS) + "\n", encoding="utf-8")
    BertTokenizer(vocab=str(vocabulary), model_max_length=LIMIT).save_pretrained(folder)
    return folder


def _model(architecture: str) -> Any:  # noqa: ANN401 - naming the type would import seconds of library
    from transformers import BertConfig, BertModel, DebertaV2Config, DebertaV2Model, MPNetConfig, MPNetModel

    size: dict[str, Any] = {
        "vocab_size": len(_WORDS),
        "hidden_size": 16,
        "num_hidden_layers": 2,
        "num_attention_heads": 2,
        "intermediate_size": 16,
        "max_position_embeddings": LIMIT + 2,
        "initializer_range": 0.2,  # so large that what a token sees tells in its vector
    }
    if architecture == "bert":
        return BertModel(BertConfig(**size))
    if architecture == "mpnet":
        return MPNetModel(MPNetConfig(**size))
    return DebertaV2Model(
        DebertaV2Config(**size, relative_attention=True, pos_att_type=["p2c", "c2p"], type_vocab_size=0)
    )
