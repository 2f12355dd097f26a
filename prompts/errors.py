"""What can be wrong with a prompt: always a fault of the product, never of a candidate."""


class PromptError(Exception):
    """A prompt that cannot be rendered."""


class UnknownTemplate(PromptError):
    """There is no template of that name and version."""


class MissingVariable(PromptError):
    """The template needs a variable that its inputs don't have."""
