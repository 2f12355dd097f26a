"""A candidate's pages in the candidate's language: all of Viva's words, and none of the bank's."""

import re
from collections.abc import Iterator

from app.interviews import wording
from app.locale.catalogue import translated
from tests.packaging.scripts_folder import load_script
from tests.web.browser import OWN, Page, read
from tests.web.conftest import Browser, begin

messages = load_script("messages")
STRONG = "Land raw files in object storage. Partition them by date."
GERMAN = {"Accept-Language": "de-DE,de;q=0.9,en;q=0.5"}
FEW_WORDS = 3
SHOWN_ATTRIBUTES = ("aria-label", "placeholder", "title", "alt", "data-words")


def opened(browser: Browser, *, mode: str = "assessment") -> str:
    """An interview before consent; gives the address of the candidate's page."""
    return browser.post("/interviews", bank="lake", mode=mode, scope="all", limit="", label="", then="begin").path


def in_german(browser: Browser, *, mode: str = "assessment") -> Page:
    """An interview that was begun on a German page."""
    page = read(browser.client.get(opened(browser, mode=mode), headers=GERMAN))
    browser.submit(page, "commands", command="consent", agreed="yes")
    return browser.get(page.path)


def english_in(page: Page) -> list[str]:
    """Viva's English sentences that a page shows although there is German for them."""
    shown = list(_shown(page))
    found = []
    for message in messages.catalogue("de"):
        for text in [message.id] if isinstance(message.id, str) else message.id:
            known = (message.string,) if isinstance(message.string, str) else message.string
            if not text.strip() or text in known:
                continue
            pattern = re.compile(re.sub(r"\\\{\w+\\\}", ".+?", re.escape(text.strip())))
            is_long = len(text.split()) >= FEW_WORDS
            if any(pattern.search(said) if is_long else pattern.fullmatch(said) for said in shown):
                found.append(text)
    return found


def _shown(page: Page) -> Iterator[str]:
    """Every text of a page that is not marked as another language or written by the candidate."""
    apart = "ancestor-or-self::*[@lang and not(self::html)] or ancestor-or-self::*[contains(@class, 'bubble')]"
    for text in page.root.xpath(f"//text()[not({apart.replace('ancestor-or-self', 'ancestor')})]"):
        yield str(text).strip()
    for name in SHOWN_ATTRIBUTES:
        yield from map(str, page.root.xpath(f"//*[not({apart})]/@{name}"))


def test_english_is_found_where_it_is_shown(operator: Browser) -> None:
    """What the tests below rest on."""
    assert {"Your interview", "Begin", "No time limit."} <= set(english_in(operator.get(opened(operator))))


def test_first_page_speaks_the_language_that_the_browser_prefers(operator: Browser) -> None:
    page = read(operator.client.get(opened(operator), headers=GERMAN))

    assert page.root.get("lang") == "de"
    assert page.all("//h1")[0].text == "Ihr Interview"
    assert english_in(page) == []


def test_language_chosen_on_the_first_page_is_kept_for_the_interview(operator: Browser) -> None:
    page = read(operator.client.get(opened(operator), headers=GERMAN))

    spanish = operator.submit(page, "language", language="es")
    assert spanish.root.get("lang") == "es"
    operator.submit(spanish, "commands", command="consent", agreed="yes")

    chat = read(operator.client.get(page.path, headers=GERMAN))
    assert chat.root.get("lang") == "es"
    assert "Gracias." in chat.text


def test_english_can_be_chosen_in_a_german_browser(operator: Browser) -> None:
    page = read(operator.client.get(opened(operator), headers=GERMAN))
    action, _ = page.form("language")

    chosen = operator.client.post(action, data={"language": "en"}, headers={**GERMAN, "Origin": OWN})
    english = read(chosen)
    assert english.root.get("lang") == "en"
    operator.submit(english, "commands", command="consent", agreed="yes")

    assert read(operator.client.get(page.path, headers=GERMAN)).root.get("lang") == "en"


def test_language_can_be_changed_in_the_middle_of_the_talk(operator: Browser) -> None:
    page = in_german(operator)

    spanish = operator.post(f"{page.path}/language", language="es")

    assert spanish.root.get("lang") == "es"
    assert "Danke." in spanish.text
    paused = operator.submit(spanish, "commands", command="pause")
    assert translated(wording.PAUSED, "es") in paused.text


def test_language_that_viva_does_not_speak_is_refused(operator: Browser) -> None:
    page = operator.get(opened(operator))

    assert operator.submit(page, "language", language="../x").status == 422


def test_missing_tick_is_told_in_the_language_of_the_page(operator: Browser) -> None:
    page = read(operator.client.get(opened(operator), headers=GERMAN))

    refused = operator.submit(page, "commands", command="consent")

    assert refused.status == 422
    assert "Bitte kreuzen Sie an" in refused.text
    assert english_in(refused) == []


def test_german_interview_holds_no_english_sentence_of_vivas_from_begin_to_end(operator: Browser) -> None:
    page = in_german(operator)
    seen = [page]
    for command in ("repeat", "clarify", "skip", "pause", "resume", "person", "resume"):
        seen.append(page := operator.submit(page, "commands", command=command))
    seen.append(page := operator.submit(page, "messages", text=STRONG))
    seen.append(operator.submit(page, "messages", text="x" * 501))
    seen.append(page := operator.submit(page, "messages", text=""))
    for command in ("stop", "submit"):
        seen.append(page := operator.submit(page, "commands", command=command))
    seen.append(operator.get(page.path))

    assert [english_in(page) for page in seen] == [[]] * len(seen)


def test_looking_back_and_the_receipt_hold_no_english_sentence_either(operator: Browser) -> None:
    page = in_german(operator)
    while page.all("//textarea"):
        page = operator.submit(page, "messages", text="I don't know")
    changing = operator.get(f"{page.path}?change=q1")
    handed_in = operator.submit(page, "commands", command="submit")
    seen = [page, changing, handed_in, operator.get(page.path)]

    assert "Ihre Antworten" in page.text
    assert "Sie ändern Ihre Antwort auf Frage 1" in changing.text
    assert [english_in(page) for page in seen] == [[]] * len(seen)


def test_practice_tells_what_was_found_in_german(operator: Browser) -> None:
    page = in_german(operator, mode="practice")
    page = operator.submit(page, "messages", text=STRONG)
    page = operator.submit(page, "messages", text="Nothing else comes to mind")

    assert "erwarteten Punkten gefunden" in page.text
    assert english_in(page) == []


def test_bank_speaks_its_own_language_and_the_page_says_so(operator: Browser) -> None:
    page = in_german(operator)

    said = {element.text for element in page.all("//main//*[@lang='en']")}
    assert {"How would you store raw data?", "Storage"} <= said
    repeated = operator.submit(page, "commands", command="repeat")
    assert repeated.all("//li[contains(@class, 'turn--aside')][last()]//*[@lang='en']")[0].text in said


def test_where_both_speak_english_nothing_is_marked(operator: Browser) -> None:
    page = operator.get(begin(operator))

    assert page.all("//main//*[@lang]") == []


def test_kept_copy_speaks_german_too(operator: Browser) -> None:
    page = in_german(operator)

    copy = operator.client.get(f"{page.path}/transcript.txt").text

    assert "Sie: (Sie haben dem Interview durch eine KI zugestimmt)" in copy
    assert "Viva: How would you store raw data?" in copy
