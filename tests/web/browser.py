"""A page as a reader without scripts has it: its text, its forms, its elements."""

from dataclasses import dataclass

import lxml.html
from httpx2 import Response

OWN = "http://127.0.0.1"


@dataclass
class Page:
    """An answered page."""

    status: int
    path: str
    html: str
    root: lxml.html.HtmlElement

    @property
    def text(self) -> str:
        """Its visible words, white space folded."""
        return " ".join(self.root.text_content().split())

    def all(self, selector: str) -> list[lxml.html.HtmlElement]:
        """Elements by a simple XPath."""
        found: list[lxml.html.HtmlElement] = self.root.xpath(selector)
        return found

    def form(self, action_end: str) -> tuple[str, dict[str, str]]:
        """The last form whose action ends so: its action and hidden fields."""
        form = next(form for form in reversed(self.root.forms) if form.action and form.action.endswith(action_end))
        hidden = {field.get("name"): field.get("value") for field in form.xpath(".//input[@type='hidden']")}
        return str(form.action), hidden


def read(answer: Response) -> Page:
    """An answer as a page."""
    return Page(answer.status_code, answer.url.path, answer.text, lxml.html.fromstring(answer.text or "<p></p>"))
