"""What a run took of the chat model, in a sentence."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass
class Spending:
    """Adds up what the critiques of records took; a record without one took nothing."""

    critiques: int = 0
    requests: int = 0
    retries: int = 0
    probes: int = 0
    escalations: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    is_estimated: bool = False
    cost: float | None = None
    currency: str = ""

    def add(self, record: Mapping[str, Any]) -> None:
        """Count a record, where it was critiqued several times over all of them."""
        measured = record["provenance"].get("measured", {})
        for spent in measured.get("runs", {}).get("critiques") or [measured.get("critique")]:
            if spent:
                self._add(spent)

    def _add(self, spent: Mapping[str, Any]) -> None:
        self.critiques += 1
        for name in ("requests", "retries", "probes", "escalations", "input_tokens", "output_tokens"):
            setattr(self, name, getattr(self, name) + spent.get(name, 0))
        self.is_estimated |= spent.get("tokens_estimated", False)
        if "cost" in spent:
            self.cost = (self.cost or 0.0) + spent["cost"]
            self.currency = spent["currency"]

    def told(self) -> str:
        """The sentence; empty where no critique was asked for."""
        if not self.critiques:
            return ""
        if not self.requests:
            return "No request to the chat model: every critique was kept from before."
        kinds = {"repeated": self.retries, "to learn its dialect": self.probes, "second looks": self.escalations}
        told = ", ".join(f"{count:,} {kind}" for kind, count in kinds.items() if count)
        requests = f"{self.requests:,} request{'s' if self.requests > 1 else ''} to the chat model"
        tokens = f"{self.input_tokens:,} tokens sent and {self.output_tokens:,} received"
        about = "about " if self.is_estimated else ""
        cost = f", {about}{self.cost:,.2f} {self.currency}".rstrip() if self.cost is not None else ""
        return f"{requests}{f' ({told})' if told else ''}, {about}{tokens}{cost}."
