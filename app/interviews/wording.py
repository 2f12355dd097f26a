"""Every fixed sentence Viva says in an interview beside the bank's own texts: equal for all, neutral, no hints."""

from app.locale.catalogue import ENGLISH, translated_count

DISCLOSURE = (
    "Hello. I am Viva, an AI interviewer. I ask {questions} from the bank “{title}”, one at a time, and compare each "
    "answer with criteria that people wrote. I assess what you say, not your grammar, style, speed or length. "
    "I don't decide anything: a person on the hiring team reads your answers with the report and decides."
)
DISCLOSURE_PRACTICE = (
    "Hello. I am Viva, an AI interviewer. This is practice: I ask {questions} from the bank “{title}”, one at a "
    "time, and after each answer I show you which expected points I found. Nothing here counts in any selection."
)
CONSENTED = (
    "Thank you. You can ask me to repeat or clarify a question, skip it, pause, or ask for a person at any time."
)
DECLINED = (
    "Thank you, that is fine and never counts against you. Please write your answers here as usual: "
    "nothing is graded by a machine, and a person reads them."
)
NEXT = "Thank you. Here is the next question."
LAST = "Thank you."
FOLLOW_UP = "Could you say more about that?"
NOTHING_READ = "I couldn't find an answer in that. You can write one now, or choose Skip."
RELATED = "That's fine. Is there anything related that you have used? If not, just say so."
REPEAT = "Here is the question again: {question}"
CLARIFY_NONE = "I can't add to the question. Please state your assumptions and answer under them."
CLARIFY_AGAIN = "I can't add more than that. Please state your assumptions and answer under them."
CLARIFY_TERM = "{term}: {gloss}"
CLARIFY_TERM_NONE = "I can't explain that one. Please answer as far as you can."
SKIP_CONFIRM = "Skip this question? Choose Skip again to confirm, or write an answer."
SKIP_NEVER = "This question can't be skipped. “I don't know” is an answer, too."
SKIPPED = "Skipped. Here is the next question."
SKIPPED_LAST = "Skipped."
SKIPPED_RETURN = "Skipped for now; I will offer it again before the end. Here is the next question."
RETURNED = "You skipped this question earlier. You can answer it now, or skip it for good."
PAUSED = "Paused. Your place is kept; go on whenever you like with this link."
RESUMED = "Welcome back. We were at question {number}: {question}"
WENT_ON = "You went on."
PERSON = (
    "I have noted that you would like to speak to a person, and paused the interview. {contact} "
    "Your place is kept, and asking never counts against you."
)
PERSON_BEFORE = (
    "I have noted that you would like to speak to a person. {contact} You can still begin here at any time, and asking "
    "never counts against you."
)
PERSON_CONTACT = "The hiring team sees your request."
PERSON_PRACTICE = "I have paused the practice. {contact} Your place is kept."
PERSON_BEFORE_PRACTICE = "This is practice, held by me alone. {contact} You can still begin here at any time."
PERSON_CONTACT_PRACTICE = "Nobody is told of this; please ask whoever gave you the link."
STOP_CONFIRM = (
    "Do you want to stop here? You can pause and come back later, submit what you have answered so far, "
    "or withdraw, in which case nothing is graded."
)
STOP_BEFORE = "Do you want to leave without beginning? Choose Stop again to withdraw; nothing was asked or graded yet."
CLOSING = (
    "That was the last question. Thank you for your time. Your answers are stored; a person on the hiring team reads "
    "them with the report and decides. If you think that something was misunderstood, tell the team which question it "
    "was."
)
CLOSING_EARLY = (
    "Thank you for your time. What you answered so far is stored; questions that were not asked are not counted as "
    "wrong. A person on the hiring team reads your answers."
)
CLOSING_PRACTICE = "That was the last question. Thank you for practising."
WITHDRAWN = "You have withdrawn. Nothing will be graded. Thank you for your time."
TOO_LONG = "That reply has {length} characters and the limit is {limit}. Please shorten it; nothing was sent or cut."


def questions(count: int, language: str = ENGLISH) -> str:
    """That many prepared questions, in words that fit one as well."""
    return translated_count("{count} prepared question", "{count} prepared questions", count, language)
