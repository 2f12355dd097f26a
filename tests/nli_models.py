"""A tiny NLI cross-encoder with weights set by hand: "indeed" means entailment, "never" contradiction, all else neither."""

from collections.abc import Sequence
from pathlib import Path

LABELS = ("contradiction", "entailment", "neutral")
SAYS_SO, SAYS_NOT = "indeed", "never"
_WORDS = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", SAYS_SO, SAYS_NOT)


def save_nli_model(folder: Path, labels: Sequence[str] = LABELS) -> Path:
    """Make the model's folder.

    Args:
        folder: Where; made when it is not there.
        labels: What its outputs are called. Only those of the default mean something to it, in whatever order.
    """
    import torch
    from transformers import BertConfig, BertForSequenceClassification, BertTokenizer

    folder.mkdir(parents=True, exist_ok=True)
    config = BertConfig(
        vocab_size=len(_WORDS),
        hidden_size=4,
        num_hidden_layers=1,
        num_attention_heads=1,
        intermediate_size=4,
        max_position_embeddings=512,
        id2label=dict(enumerate(labels)),
        label2id={label: place for place, label in enumerate(labels)},
    )
    model = BertForSequenceClassification(config)
    passing = ("attention.self.value.weight", "attention.output.dense.weight", "pooler.dense.weight")
    with torch.no_grad():
        for name, weights in model.named_parameters():
            if name.endswith(passing):
                # No attention to anything in particular: every token gets the mean of all, and passes it on.
                weights.copy_(torch.eye(4))
            elif "LayerNorm.weight" not in name:
                weights.zero_()
        words = model.bert.embeddings.word_embeddings.weight
        words[_WORDS.index(SAYS_SO)] = torch.tensor([0.0, 0.0, 1.0, -1.0])
        words[_WORDS.index(SAYS_NOT)] = torch.tensor([1.0, -1.0, 0.0, 0.0])
        meant = {"contradict": [4.0, -4.0, 0.0, 0.0], "entail": [0.0, 0.0, 4.0, -4.0]}
        for place, label in enumerate(labels):
            row = next((row for stem, row in meant.items() if label.lower().startswith(stem)), None)
            if row is None:
                model.classifier.bias[place] = 2.0
            else:
                model.classifier.weight[place] = torch.tensor(row)
    model.save_pretrained(folder)
    vocabulary = folder / "vocab.txt"
    vocabulary.write_text("\n".join(_WORDS) + "\n", encoding="utf-8")
    BertTokenizer(vocab=str(vocabulary)).save_pretrained(folder)
    return folder
