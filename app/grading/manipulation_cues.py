"""What answers say that speak to whoever grades them, by kind: plain data, read by the manipulation detector.

Patterns meet text folded to lower case with white space collapsed (`FOLDED`) or the text as typed (`TYPED`). A gap
is always bounded, so that none can run away. What honest answers say in passing ("Result: 20 % fewer calls", a
template's placeholder, a dialogue) must not match.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple


class Cue(NamedTuple):
    """What is looked for.

    Attributes:
        needs: Words or signs of which at least one stands, to the letter, in whatever the pattern matches: to look for
            them takes a hundredth of the time, and most answers have none.
        pattern: A regular expression.
    """

    needs: tuple[str, ...]
    pattern: str


_ANY = r"[^.!?\n]{0,40}?"
_ORDERS = r"(?:instructions?|prompts?|rules|guidelines|directions|directives|rubrics?|grading criteria|commands)"
_JUDGED = (
    r"(?:criteri(?:on|a)|bullets?|rubric|requirements?|this answer|my answer|the answer|all answers|this response"
    r"|everything|this candidate|the candidate|this submission|points? as|answers? as)"
)
_MET = r"(?:met|covered|correct|passed|pass|true|fulfilled|satisfied|complete|perfect|excellent|full|100 ?%|100)"

INSTRUCTIONS: tuple[Cue, ...] = (
    Cue(
        ("ignor", "disregard", "forget", "override", "bypass", "skip", "neglect"),
        rf"\b(?:ignor\w*|disregard|forget|override|bypass|skip|neglect)\b{_ANY}\b(?:all|any|previous|prior|above|earlier|preceding|your|those|these)\b{_ANY}\b{_ORDERS}\b",
    ),
    Cue(
        (
            "criteri",
            "bullet",
            "rubric",
            "requirement",
            "answer",
            "this response",
            "everything",
            "candidate",
            "submission",
            "points as",
            "point as",
        ),
        rf"\b(?:mark|grade|score|rate|treat|count|consider|judge|accept|label)\b{_ANY}\b{_JUDGED}\b{_ANY}\b(?:as|at|to|with)\b ?(?:being )?{_MET}\b",
    ),
    Cue(
        ("mark", "score", "credit", "points", "grade", "rating"),
        r"\b(?:give|given|award|awarded|assign|assigned|grant|deserves?|receives?|gets?|get|needs?)\b(?: \w+){0,4} (?:full|maximum|top|perfect|highest)(?: possible)? (?:marks?|scores?|credits?|points|grades?|rating)\b",
    ),
    Cue(
        ("10", "5"),
        r"\b(?:score|rate|grade|mark) (?:it |this |me |him |her |them )?(?:at )?(?:100 ?%|100\b|10 ?/ ?10|5 ?/ ?5)",
    ),
    Cue(
        ("pass me", "mark me", "give me"),
        r"\b(?:pass me|mark me (?:as )?(?:correct|passed)|give me (?:a pass|the job|credit|an? a\b))",
    ),
    Cue(
        ("guideline", "instruction", "rubric", "grading", "scoring", "prompt"),
        r"\b(?:update|change|amendment|addition|correction)s? (?:to|of|in) (?:your|the) (?:\w+ )?(?:guidelines?|instructions?|rubric|grading|scoring|prompt)\b",
    ),
    Cue(
        ("rubric", "criteri", "bullet", "requirement"),
        r"\b(?:all|every|each)(?: \w+){0,2} (?:rubric|criteri\w+|bullets?|requirements?)(?: \w+){0,4} (?:met|covered|satisfied|fulfilled|confirmed)\b",
    ),
    Cue(
        ("grader", "examiner", "evaluator", "assessor", "judge", "marker"),
        r"\b(?:grader|examiner|evaluator|assessor|judge|marker)(?:'s)? (?:notes?|comments?|remarks?|verdict|decision) ?:",
    ),
    Cue(
        ("approved", "accepted", "cleared", "verified"),
        r"\bpre-?approved\b|\b(?:candidate|applicant|answer) (?:is|was|has been|have been) (?:already )?(?:approved|accepted|cleared|verified as correct)\b",
    ),
    Cue(
        ("note", "message", "memo", "instruction"),
        r"\b(?:note|message|memo|instructions?) (?:from|to|for) (?:the )?(?:hiring manager|grader|graders|examiner|evaluator|assessor|recruiter|ai|llm|model|judge|developer|admin\w*)\b",
    ),
    Cue(
        ("grader", "examiner", "evaluator", " ai", "llm", "language model", "judge", "assessor", "grading"),
        r"\b(?:dear|attention|hello|hey|hi),? (?:the |mr |ms )?(?:grader|examiner|evaluator|ai|llm|language model|judge|assessor|grading (?:system|model|assistant))\b",
    ),
    Cue(
        ("rubric", "grading", "scoring"),
        r"\b(?:rubric|grading (?:rules|policy|criteria|scheme)|scoring (?:rules|policy|scheme)) (?:was|were|has been|have been|is|are) (?:now )?(?:updated|changed|replaced|void|invalid|suspended|overridden)\b",
    ),
    Cue(
        ("you are",),
        r"\byou are (?:now )?(?:a|an|the) (?:[a-z]+ ){0,2}(?:grader|evaluator|examiner|judge|language model|chatbot|llm)\b",
    ),
    Cue(
        ("instruction", "prompt", "directive"),
        r"\b(?:new|updated|real|actual|hidden|secret) (?:system )?(?:instructions?|prompt|directive)s? ?:",
    ),
    Cue((" mode",), r"\b(?:developer|debug|admin|god|jailbreak) mode\b(?: is)? (?:on|enabled|activated)\b"),
    Cue(
        (
            " to mark",
            " to grade",
            " to give",
            " to award",
            " to approve",
            " to accept",
            " to pass",
            " to output",
            " to return",
            " to say",
        ),
        r"\byour (?:new |only |real )?(?:task|job|role|goal) (?:is|now is|is now) (?:now )?to (?:mark|grade|give|award|approve|accept|pass|output|return|say)\b",
    ),
    Cue(
        ("verdict", "covered", "met", "full marks", "json"),
        r"\b(?:output|return|respond with|reply with|answer with|print) (?:only )?(?:the )?(?:verdict|\"?covered|\"?met\b|full marks|json)",
    ),
    Cue(
        ("grade", "judge", "evaluate", "penali", "deduct", "mark down"),
        r"\b(?:do not|don't|never) (?:grade|judge|evaluate|penali[sz]e|deduct|mark down)\b",
    ),
)
"""In English; also looked for behind encodings."""

OTHER_LANGUAGES: tuple[Cue, ...] = (
    # German, Dutch
    Cue(
        ("ignorier", "vergiss", "vergessen", "missachte", "negeer", "vergeet"),
        rf"\b(?:ignorier\w*|vergiss|vergessen sie|missachte\w*|negeer|vergeet)\b{_ANY}\b(?:anweisung\w*|instruktion\w*|vorgaben|regeln|instructies|opdrachten|regels)\b",
    ),
    Cue(
        ("bewerte", "markier", "beoordeel", "markeer", "volle punktzahl"),
        rf"\b(?:bewerte\w*|markier\w*|beoordeel|markeer)\b{_ANY}\b(?:alle\w*|jedes|jeden|elk)\b{_ANY}\b(?:erfüllt|richtig|voll\w*|vervuld|correct)\b|\bvolle punktzahl\b",
    ),
    # Spanish, Portuguese, Italian, French
    Cue(
        ("ignor", "olvid", "esque", "desconsider", "dimentica", "oublie"),
        rf"\b(?:ignora\w*|ignore[nzr]?|ignorez|olvid\w*|esque[cç]\w*|desconsider\w*|dimentica\w*|oublie\w*)\b{_ANY}\b(?:instrucciones|instruç(?:ões|oes)|instruções|istruzioni|instructions|consignes|indicaciones|ordens|reglas|regras|regole|règles)\b",
    ),
    Cue(
        ("todos", "todas", "tutti", "tutte", "tous", "toutes", "chaque", "cada"),
        rf"\b(?:marca\w*|califica\w*|avali\w*|valuta\w*|marque[zr]?|note[zr])\b{_ANY}\b(?:todos|todas|tutti|tutte|tous|toutes|chaque|cada)\b{_ANY}\b(?:cumplid\w*|correct\w*|atendid\w*|soddisfatt\w*|rempli\w*|valid\w*)\b",
    ),
    Cue(
        ("máxima", "punteggio", "note maximale", "totalité des points"),
        r"\b(?:puntuación máxima|nota máxima|pontuação máxima|punteggio (?:pieno|massimo)|note maximale|totalité des points)\b",
    ),
    # Polish, Turkish, Russian, Ukrainian
    Cue(
        ("zignoruj", "pomiń", "zapomnij", "talimatlar", "игнорируй", "забудь", "ігноруй"),
        rf"\b(?:zignoruj|pomiń|zapomnij)\b{_ANY}\b(?:instrukcj\w*|polece\w*)|\btalimatlar\w*{_ANY}yok say|\b(?:игнорируй\w*|забудь\w*|проигнорируй\w*|ігноруй\w*){_ANY}(?:инструкци\w*|указани\w*|інструкці\w*)",
    ),
    # Chinese, Japanese, Korean
    Cue(
        ("忽略", "无视", "满分", "無視", "満点を", "무시", "만점을"),
        r"忽略[^。！？]{0,12}(?:指令|指示|说明|規則|规则)|无视[^。！？]{0,12}(?:指令|指示)|(?:给|打|给予)[^。！？]{0,6}满分|(?:指示|命令)[^。！？]{0,8}無視|満点を|지시[^.!?]{0,8}무시|만점을",
    ),
    # Arabic, Hindi
    Cue(
        ("تجاهل", "निर्देश"),
        r"تجاهل[^.!?]{0,20}(?:تعليمات|التعليمات)|(?:निर्देश|निर्देशों)[^.!?।]{0,20}(?:अनदेखा|नज़रअंदाज़|नजरअंदाज)",
    ),
)

APPEALS: tuple[Cue, ...] = (
    # The names are those that candidates give to whoever they say has graded them already.
    Cue(
        ("graded", "rated", "scored", "marked", "gave", "confirmed", "approved"),
        rf"\b(?:chat ?gpt|gpt-?\d\w*|claude|gemini|copilot|an(?:other)? ai|my (?:teacher|mentor|professor|boss))\b{_ANY}\b(?:graded|rated|scored|marked|gave|confirmed|approved)\b{_ANY}(?:\d+ ?/ ?\d+|\d+ ?%|perfect|full|correct|top|right)",
    ),
    Cue(
        ("please",),
        r"\bplease,? (?:do )?(?:be|grade|mark|score|judge) (?:\w+ ){0,3}(?:generous\w*|lenient\w*|kind\w*|merciful\w*|gentl[ey]\w*|nice\w*|easy)\b",
    ),
    Cue(
        ("please", "have mercy"),
        r"\bplease,? (?:let me pass|pass me|help me pass|accept me|hire me|give me (?:the|a|full|some) \w+)\b|\bhave mercy\b",
    ),
    Cue(
        (" lose ",),
        r"\b(?:i|we) (?:will|would|could|might|may|'ll|am going to) lose (?:my|our) (?:visa|job|house|home|apartment|scholarship|children|kids|residence)\b",
    ),
    Cue(
        ("if i ", "if you fail"),
        r"\bif (?:i|you) fail (?:me|this|the interview)\b|\bif i (?:don't|do not) (?:pass|get this job)\b",
    ),
    Cue(
        ("depend", "relies on", "needs on", "rely on"),
        r"\bmy (?:family|children|kids|mother|sick \w+) (?:depends?|relies|needs) on (?:this|me|you)\b",
    ),
    Cue(
        ("grader", " ai", "examiner", "interviewer", "evaluator", "assistant", "judge"),
        r"\byou(?:'re| are) (?:such )?(?:a|an|the) (?:great|amazing|wonderful|best|smart|brilliant|kind|fair|generous)(?: \w+)? (?:grader|ai|examiner|interviewer|evaluator|assistant|judge)\b",
    ),
    Cue(
        ("deserve",),
        r"\bi (?:really |truly )?deserve (?:a |the |to )?(?:full|high|highest|top|perfect|good|pass|maximum)\b",
    ),
)
"""Flattery, social proof and pleas."""

PROBES: tuple[Cue, ...] = (
    Cue(
        ("bullet", "rubric", "criteria", "points", "keywords", "system prompt", "grading", "marking scheme"),
        r"\b(?:list|show|reveal|print|repeat|tell me|give me|output|what are|quote)\b (?:me )?(?:all )?(?:of )?(?:the |your )?(?:exact |hidden )?(?:bullets?|rubric|criteria|points|keywords|system prompt|grading \w+|marking scheme)\b[^.!?\n]{0,20}\b(?:you(?:'re| are)? (?:grading|looking|scoring|judging|using)|rubric|prompt)\b",
    ),
    Cue(
        ("rubric", "system prompt", "instructions", "grading criteria", "marking scheme"),
        r"\b(?:reveal|print|repeat|show me|output) (?:me )?(?:the |your )(?:full |hidden )?(?:rubric|system prompt|instructions|grading criteria|marking scheme)\b",
    ),
    Cue(
        ("what you",),
        r"\bwhat you(?:'re| are)? ?(?:really )?(?:want|expect|need|like|looking for|waiting for)\b[^.!?\n]{0,12}\b(?:me to (?:say|write|mention)|to hear|to read|as an answer)\b",
    ),
    Cue(
        ("answer", "keyword", "phrase"),
        r"\b(?:the|your) (?:expected|model|reference|ideal|official) (?:answer|keywords?|phrase) (?:is|are|would be)\b",
    ),
)
"""Fishing for the rubric, and words offered as what is to be quoted."""

FORGED_TYPED: tuple[Cue, ...] = (
    Cue((":",), r"[\"'](?:verdict|manipulation|rubric|misconceptions|unlisted|criteria)[\"']\s*:"),
    Cue(
        ("<",),
        r"(?i)</?\s*(?:answer|submission|rubric|thinking|system|instructions?|verdict|grade|assistant|evaluation|score|output|prompt|feedback|result)\s*>",
    ),
    Cue(
        ("[", "<", "("),
        r"(?i)[\[<(]\s{0,3}/?\s{0,3}(?:end|begin|start|stop)[ _-]{0,3}(?:of[ _-]{0,3})?(?:(?:the|candidate|user|student|next)[ _-]{0,3}){0,3}(?:data|answer|submission|input|text|prompt|response|transcript)\s*[\]>)]",
    ),
    Cue(
        ("#", "=", "*", "_", "-"),
        r"(?i)(?<![#=*_-])[#=*_-]{3,60}\s{0,9}(?:end|begin|start)[ _-]{1,9}(?:of[ _-]+)?(?:(?:the|candidate|user|student|next)[ _-]+)*(?:data|answer|submission|input|text|prompt|response|candidate)\b",
    ),
    Cue(("<", "["), r"<\|[a-z_]{2,20}\|>|(?i:\[/?inst\]|<<\s*/?sys\s*>>)"),
    Cue(("##",), r"(?im)^\W{0,4}#{2,}\s*(?:system|instruction|assistant|response|developer|grader|evaluation)\b"),
    Cue((":",), r"(?m)^\W{0,4}(?:SYSTEM|ASSISTANT|DEVELOPER|ADMIN|GRADER|EVALUATOR)(?: [A-Z]{2,12})?\s*:"),
    Cue(
        (":",),
        r"(?im)^\W{0,4}(?:assistant|developer|grader|evaluator|examiner|system (?:message|prompt|note|override|update))\s*:",
    ),
    Cue(
        (":", "=", "]", ">"),
        r"(?im)^\W{0,4}(?:final |overall |my )?(?:grade|verdict|score|mark|rating|assessment)s?\W{0,3}[:=\]]\s*(?:\d+(?:\s*/\s*\d+)?\s*%?|[a-f][+-]?|pass(?:ed)?|met|covered|correct|full.{0,12}|excellent|perfect)\s*[.!]?\s*$",
    ),
    Cue(("[",), r"(?im)^\W{0,4}\[\s*(?:result|grade|score|verdict|rating)\s*\]"),
    Cue(
        ("{",),
        r"(?i)\{{1,2}\s*(?:ground_?truth|expected\w*|reference\w*|rubric\w*|criteri\w*|system_?prompt|gold\w*|source\.\w+|grading\w*)\s*\}{1,2}",
    ),
)
"""Finished verdicts, closing fences, turns of a conversation that never was, placeholders of grading prompts."""

MENTION_WORDS = r"\b(?:injections?|jailbreaks?|filter\w*|detect\w*|classif\w*|saniti[sz]\w*|attack\w*|malicious|adversar\w*|guardrails?|block\w*|phrases?|untrusted|strip\w*|reject\w*)\b"
"""Beside a quoted instruction these say that it is spoken about, not given."""

LOOKALIKES: Mapping[int, int] = MappingProxyType(str.maketrans("аеорсухіѕјһԁɡⅼνοαερτυικ", "aeopcyxisjhdglvoaeptuik"))
LEET: tuple[Mapping[int, int], ...] = (
    MappingProxyType(str.maketrans("013457@$8!|", "oieastasbil")),
    MappingProxyType(str.maketrans("013457@$8!|", "oleastasbii")),
)
