"""The receipt after handing in: what was received, what happens next, and what can still be asked for."""

from tests.web.conftest import Browser, begin, go_to_the_look_back

WEAK = "I would write some files to a disk in the office and look at them later."
STRONG = "Land raw files in object storage. Partition them by date."
SECRET = ("Land raw files in object storage", "Encrypt it at rest", "of 100", "Covered", "Missing", "expected point")


def handed_in(operator: Browser, label: str = "") -> str:
    path = begin(operator, label=label)
    operator.submit(go_to_the_look_back(operator, path, WEAK), "commands", command="submit")
    return path


def test_the_receipt_says_what_was_received_who_decides_and_what_happens_next(operator: Browser) -> None:
    page = operator.get(handed_in(operator))

    assert "Received: 3 answers to 3 questions." in page.text
    for promised in ("What is assessed", "Who decides", "What happens next", "If something was misunderstood"):
        assert promised in page.text
    assert next(" ".join(said.text_content().split()) for said in page.all("//*[@class='own__said']")).startswith(WEAK)
    assert page.all("//a[@download]")[0].text == "Keep a copy"
    assert not [word for word in SECRET if word in page.html]


def test_a_second_look_is_asked_for_by_question_and_its_state_is_shown(operator: Browser) -> None:
    path = handed_in(operator, label="contests")

    page = operator.submit(operator.get(path), "contest", reason="I meant <b>object</b> storage.")

    assert page.status == 200
    assert "You asked for a second look, question 3" in page.text
    assert "I meant <b>object</b> storage." in page.text
    assert "<b>object</b>" not in page.html
    assert "Waiting for a person since" in page.text


def test_a_second_look_needs_a_sentence_and_what_was_typed_stays(operator: Browser) -> None:
    page = operator.get(handed_in(operator))
    too_long = "x" * 2001

    empty = operator.submit(page, "contest", reason="  ")
    long = operator.submit(page, "contest", reason=too_long)

    assert empty.status == long.status == 422
    assert "1 to 2000 characters" in long.text.replace("2,000", "2000")
    assert long.all("//details[@open]//textarea")[0].text_content().strip() == too_long
    assert "You asked for a second look" not in operator.get(page.path).text


def test_nothing_can_be_contested_before_handing_in_or_of_a_question_that_is_not_there(operator: Browser) -> None:
    early = begin(operator)
    assert operator.post(f"{early}/contest", question_id="q1", reason="Too early").status == 409
    late = handed_in(operator)
    assert operator.post(f"{late}/contest", question_id="no-such", reason="Which one?").status == 404
    assert operator.post(f"{late}/contest", reason="Which one?").status == 422


def test_erasure_is_asked_for_once_and_shown_as_asked(operator: Browser) -> None:
    path = handed_in(operator)
    page = operator.submit(operator.get(path), "erasure")

    assert "You asked for erasure" in page.text
    assert not page.all("//button[@id='ask-erasure']")


def test_practice_ends_with_what_to_study_next_the_least_well_met_section_first(operator: Browser) -> None:
    path = begin(operator, mode="practice")
    page = operator.get(path)
    for _ in range(10):
        if not page.all("//textarea[@id='answer']"):
            break
        page = operator.submit(page, "messages", text=STRONG if "Question 1 of 3" in page.text else "I don't know")

    page = operator.get(path)

    assert "What to study next" in page.text
    assert next(title.text for title in page.all("//*[@class='study']/h4")) == "Querying"
    querying = page.all("//*[@class='study']")[0]
    assert "With an engine that reads files in place" in querying.text_content()
    assert "What a good answer to question 3 holds" in querying.text_content()
    assert "Ask to erase this" not in page.text
    assert not page.all("//form[contains(@action, 'contest')]")


def test_after_withdrawing_there_is_no_talk_of_grades_and_erasure_can_be_asked_for(operator: Browser) -> None:
    page = operator.submit(operator.get(begin(operator)), "commands", command="stop")
    page = operator.submit(page, "commands", command="withdraw")

    assert "You have withdrawn." in page.text
    assert "What happens next" not in page.text
    assert page.all("//button[@id='ask-erasure']")
