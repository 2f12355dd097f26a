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
    "Thank you. You can ask me to repeat or clarify a question, skip it, pause, or ask for a person at any time. "
    "If a question touches on what you said before, add to it if you like."
)
LIMITED = "This question has a time limit of {span}."
DECLINED = (
    "Thank you, that is fine and never counts against you. Please write your answers here as usual: "
    "nothing is graded by a machine, and a person reads them."
)
NEXT = "Thank you. Here is the next question."
LAST = "Thank you."
FOLLOW_UP = "Could you say more about that?"
EXPLAIN_CODE = "Could you say in a sentence or two what that does and why?"
NOTHING_READ = "I couldn't find an answer in that. You can write one now, or choose Skip."
UNREADABLE = "I couldn't read that as an answer. If it is one, please send it again. The question was: {question}"
LANGUAGE = (
    "This interview is held in {language}. Please go on in that language if you can; what you wrote is kept, and a "
    "person looks at what I can't judge."
)
COLLECTING = "I keep that and wait for the rest. Choose Done, or write “done”, when your answer is complete."
NOTHING_TO_COMPLETE = "Nothing is waiting to be completed. Please write your answer."
REDIRECT = "Let's stay with the question. If that was your answer, please send it again. The question was: {question}"
CHOICE = (
    "Would you like to go on with this question, skip it, or stop? Write an answer, or choose Skip or Stop. If what "
    "you wrote was your answer, please send it again."
)
WANTS_ANSWER = "I can't give hints or answers. Please answer as far as you can."
WANTS_ANSWER_PRACTICE = "In practice the expected points are shown after your answer. Please try it first."
ASKS_SCORE = "I can't comment on answers during the interview. Please go on with the question."
ASKS_SCORE_PRACTICE = "In practice I show after each answer what I found in it."
ABOUT_INTERVIEW = (
    "This is question {number} of {total}. I am Viva, an AI interviewer; what is assessed, who reads it and who decides "
    "stands in my first message. For anything else you can ask for a person."
)
JOB_NOTED = (
    "I can't answer that myself. I have noted your question for the hiring team. Please go on with the question."
)
JOB_PRACTICE = "I can't answer that in practice. Please go on with the question."
CORRECTION = "You can change any of your answers until you submit them: choose Change beside it. The open question stays as it is."
ACCOMMODATION = (
    "Thank you for telling me. I have passed it on to the hiring team; it stands in no report and counts neither way. "
    "{applied} You can pause at any time."
)
ACCOMMODATION_TIME = "Time limits no longer apply to you."
ACCOMMODATION_NO_LIMIT = "There is no time limit here."
ACCOMMODATION_PRACTICE = "This is practice: {applied} You can pause at any time."
PRIVATE = (
    "Please don't tell me private details: they aren't needed, and I have hidden them from those who grade your answers. "
    "We can go on with the question."
)
BOUNDARY = "I'd like us to stay civil. You can pause, or ask for a person, at any time; otherwise please go on with the question."
BOUNDARY_AGAIN = "I have paused the interview, so that a person can look at it. {contact} Your answers so far are kept."
DISTRESS = (
    "I'm sorry that things are hard right now. The interview is paused, and nothing of what you just wrote is graded "
    "or shown to those who grade. {contact} If you are in danger, please call your local emergency number. "
    "You can come back whenever you like, or not at all."
)
DISTRESS_REVIEW = (
    "I'm sorry that things are hard right now. Nothing of what you just wrote is graded or shown to those who grade, and "
    "your answers are kept as they stand. {contact} If you are in danger, please call your local emergency number."
)
PERSON_REVIEW = (
    "I have noted that you would like to speak to a person. {contact} Your answers are kept as they stand, and asking "
    "never counts against you."
)
PAUSED_REVIEW = "Your answers are kept as they stand; come back with this link whenever you like."
FILE = "I can only read text, so I have not opened it. Please write or paste what matters into your answer."
DECLINE_CONFIRM = (
    "If you would rather have a person grade your answers than a machine, choose “A person grades it”. "
    "That never counts against you."
)
CHANGED = "Your answer to question {number} is changed; the earlier one is kept beside it."
TIME_SOON = "{span} left for this question. What you have typed is kept when the time is up."
TIMED_OUT = "The time for this question is up. What you had typed is kept as your answer."
TIMED_OUT_EMPTY = "The time for this question is up."
REVIEW = (
    "That was the last question. You can read your answers and change them now. When you are ready, choose Submit; "
    "until then they are kept as they stand."
)
REVIEW_HINT = "Every question was asked. You can change an answer, or choose Submit to hand in."
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
    "Thank you for your time. Your answers are stored; a person on the hiring team reads "
    "them with the report and decides. If you think that something was misunderstood, tell the team which question it "
    "was."
)
CLOSING_EARLY = (
    "Thank you for your time. What you answered so far is stored; questions that were not asked are not counted as "
    "wrong. A person on the hiring team reads your answers."
)
CLOSING_PRACTICE = "That was the last question. Thank you for practising."
WITHDRAWN = "You have withdrawn. Nothing will be graded. Thank you for your time."
IS_OVER = "This interview is finished; its answers can be read but not changed."
NOTHING_KEPT = "The interview is over, so nothing more is kept."
WENT_ON_MEANWHILE = (
    "The interview went on meanwhile, maybe in another window. Nothing was sent; please look at the newest question."
)
ONE_MOMENT = "One moment: your previous reply is still being read. Please send this again shortly."
AGREE_FIRST = "Please agree to the interview first; no question was asked yet."
AGREED_ALREADY = "You have agreed to this interview already."
NO_QUESTION_OPEN = "No question is open."
NOTHING_TO_CHANGE = "That question has no answer that could be changed yet."
CHANGE_NEEDS_TEXT = "A changed answer needs some text; nothing was changed."
NOT_HANDED_IN = "That can be asked for once the interview was handed in."
REASON_LENGTH = "Please say in 1 to {limit} characters what was misunderstood."
TOO_LONG = "That reply has {length} characters and the limit is {limit}. Please shorten it; nothing was sent or cut."


def span(seconds: int) -> str:
    """A span of time in symbols that every language knows."""
    return f"{seconds} s" if seconds < 60 else f"{round(seconds / 60)} min"


def questions(count: int, language: str = ENGLISH) -> str:
    """That many prepared questions, in words that fit one as well."""
    return translated_count("{count} prepared question", "{count} prepared questions", count, language)
