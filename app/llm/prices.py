"""What tokens cost, where somebody said so."""

from dataclasses import dataclass

from app.llm.chat import Usage

PER = 1_000_000
DECIMALS = 6


@dataclass(frozen=True, slots=True)
class Prices:
    """Money per million tokens.

    Attributes:
        currency: As it is to be shown, such as "USD"; may be empty.
    """

    input: float
    output: float
    currency: str = ""

    def cost(self, usage: Usage) -> float:
        """What these tokens cost, to a millionth."""
        return round((usage.input_tokens * self.input + usage.output_tokens * self.output) / PER, DECIMALS)
