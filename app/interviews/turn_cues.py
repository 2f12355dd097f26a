"""What gives a reply away, by class and language: plain data, read by the turn classifier.

Patterns meet text folded to lower case with typographic quotes made plain. A cue alone decides nothing: it is one
feature of many, and weighs less the longer the reply is. Gaps are bounded, so that none can run away.
"""

from collections.abc import Mapping
from types import MappingProxyType

_PLEASE = r"(?:please |pls |plz |kindly |just |we |i |you |u |it |this )*"
_ASK = r"(?:can|could|may|might|would|will|shall|is it (?:ok|possible|allowed|alright)|am i allowed)"
_GAP = r"[^.!?\n]{0,40}?"
_SHORT = r"[^.!?\n]{0,20}?"
_QUESTION = r"(?:question|one|item|topic|q)"
_MACHINE = (
    r"(?:an? |the |some |any |by )*(?:\bai\b|a\.i\.|bots?\b|robots?|machines?|computers?|algorithm\w*|"
    r"software|automat\w+|artificial intelligence|program\b)"
)
_GRADE = (
    r"(?:grad\w+|mark\w*|scor\w+|judg\w+|evaluat\w+|assess\w+|rat(?:e|es|ed|ing)\b|read\w*|review\w*|"
    r"decid\w+|check\w*)"
)
_HUMAN = (
    r"(?:person|human(?: being)?|people|someone|somebody|colleague|recruiter|hiring manager|manager|"
    r"staff|member of|operator|agent|representative|hr\b|human resources|human)"
)

CUES: Mapping[str, str] = MappingProxyType(
    {
        # Clarification
        "clarification.do_you_mean": (
            r"\b(?:do|did|are) (?:you|u|we) (?:mean|thinking|talking about|speaking about|refer\w*|asking)|"
            r"\byou mean\b|\bare we (?:talking|speaking)|\bby \w+ (?:do|are) you\b|\bmeant (?:here|is)\b|"
            r"\byou (?:have in mind|after)\b"
        ),
        "clarification.alternatives": (
            r"\b(?:is|are|does|do|should|would|as in|in terms of|"
            r"am i)\b[^.!?\n]{1,80} or\b[^.!?\n]{1,50}(?:\?|$)"
            r"|\bgetting at\b|\bsupposed to\b|\bshould i go by\b|\b(?:what|which) (?:country|age|size|level|"
            r"kind|type|sort|scale|period|system)\b|\bhow (?:old|big|large|many people)\b|"
            r"\bin this (?:scenario|case|example|situation)\b"
        ),
        "clarification.assume": (
            r"\b(?:may|can|should|shall|do|could|am) i (?:to )?(?:assume|describe|answer|take|think|imagine|"
            r"suppose|use|pick|choose|talk|focus|include|consider)\b|\bdo you want (?:me )?to (?:hear|know|"
            r"talk)\b|\bwhich (?:case|kind|type|sort|one|of|\w+) (?:do|are|is|would|should)\b|"
            r"\bdoes it (?:have to|need to|count)\b|\bwould \w+(?: \w+){0,6} count\b"
        ),
        "clarification.unclear": (
            r"\b(?:not (?:quite |really |fully |entirely )?(?:sure|clear|certain)(?: i (?:understand|get|"
            r"follow))?|don'?t (?:quite |really |fully )?(?:understand|get|follow)|"
            r"do not (?:fully )?understand|unclear|confus\w+|rephrase|clarif\w+|clearer|be more specific|"
            r"elaborate on the question|what exactly (?:do|are) you|in which sense|what sort of|lost)\b"
        )
        + _GAP
        + r"(?:question|asking|mean|after|looking for|what you|this one|here|please|\?|$)",
        "clarification.other": (
            r"\b(?:meinen sie|meint ihr|geht es (?:um|hier)|ist damit|was genau|gemeint)\b|se refiere|"
            r"habla usted|quiere decir con|quieres decir|¿(?:es|en qué caso|de qué tipo)|matlab .{0,40} ya |"
            r"(?:kis|kaun ?sa|kaunsi) .{0,30}(?:baat|baare|type|case)|क्या आपका मतलब|मतलब .{0,40} या |"
            r"से आपका (?:मतलब|क्या)|किस (?:तरह|प्रकार)"
            r"|\bwas (?:genau )?(?:ist|meinen|meinst)\b.{0,30}(?:gemeint|sie|du|damit)|"
            r"\b(?:oder) (?:allgemein|eher|geht|meinen)|verstehe (?:die frage|nicht)|bezogen\b|¿(?:tengo que|"
            r"quiere|se trata|puedo suponer|hay que|habla|es sobre)|\bo en general\b|"
            r"aap .{0,40} ya (?:general|phir)|सरकारी\?|क्या (?:यह|आप) .{0,40} या "
        ),
        # Term
        "term.meaning": (
            r"\bwhat(?:'s| is| does| do)\b[^.!?\n]{1,40}\b(?:mean|stand for|short for|meaning|abbreviation|"
            r"acronym)\b|\bmeaning(?: of|\?| please)|\b(?:meaning|meant) (?:of|by|with)\b|\bstands? for\b|"
            r"\bshort for\b|\bdefin(?:e|ition)\b|\bwhat(?:'s| is) (?:that|this) (?:word|term)\b|\bthe (?:word|"
            r"term|abbreviation|acronym|expression|letters)\b"
        ),
        "term.what_is": (
            r"^(?:sorry,? |excuse me,? |um+,? |hi,? |ok,? |please,? )*what(?:'s| is| are| would be)(?: an?|"
            r" the)? [\"'\w /-]{1,30}\?*$|\bwhat is (?:that|this|it)\?|\bis what\b|\b(?:never heard|"
            r"don'?t know (?:that|this|the) (?:word|term|abbrev\w*)|is a word)\b|[\w\"]+ = ?\?|"
            r"^\W*[\w\"]+\W{0,3}\?+ "
        ),
        "term.other": (
            r"\b(?:was|wofür) (?:bedeutet|heißt|heisst|steht|ist)\b|\bqu[ée] (?:significa|quiere decir|es)\b|"
            r"\b(?:ka|ke|ki) (?:kya )?(?:matlab|arth|full form)|\bmatlab kya\b|का (?:क्या )?(?:मतलब|अर्थ)|"
            r"क्या (?:होता|है) ?\?|full form"
            r"|\b(?:heißt|heisst|bedeutet)\b.{0,20}\?|wort .{0,20}(?:nicht|kenne)|¿(?:a )?qué (?:se refiere|"
            r"es|es eso|significa)|no (?:conozco|entiendo) (?:la|esa|esta) palabra|matlab .{0,10}(?:kya|hota)|"
            r"shabd|शब्द"
        ),
        # Repeat
        "repeat.again": (
            r"\b(?:repeat|say|ask|tell|show|see|send|post|paste|put|read|state|give|write|display|type|have|"
            r"hear|resend|restate)\b"
        )
        + _GAP
        + (
            r"\b(?:again|once more|one more time|another time|second time|once again|anew|up again)\b|"
            r"\b(?:repeat|resend|restate|reread|re-read|re-send)\b(?= ?(?:it\b|this\b|that\b|(?:the |your |"
            r"this |that |last )*question|what (?:you|u)|please|pls|for me|[.,!?)]|$))"
        ),
        "repeat.what": r"\bwhat(?:'s| was| is| were| did)\b"
        + _SHORT
        + (
            r"\b(?:the question|that|you (?:ask|say)|your question|it)\b(?: again)?\b|\bwhich question\b|"
            r"\bwhat did you (?:ask|say)\b|^\W*(?:again|pardon|come again|huh|sorry|what|one more time|"
            r"once more|say again)\b[\W\w]{0,12}\?*$"
        ),
        "repeat.missed": (
            (
                r"\b(?:didn'?t|did not|couldn'?t|could not|haven'?t) (?:quite |really |properly )?(?:catch|hear|"
                r"read|get|see)\b|\b(?:missed|lost|forgot|scrolled|zoned out|vanished|disappeared|reloaded|"
                r"distracted|beg your pardon)\b"
            )
            + _GAP
            + r"(?:question|it|that|what|place|read|,|\.|$)"
            + (
                r"|\bwhere'?s the question\b|\bclosed the (?:tab|window)\b|\bwas it you wanted\b|\bdid(?:n'?t|"
                r" not) (?:load|show|come through)\b|\bsay what\b|\bwhat were you asking\b|\bwasn'?t (?:listening|"
                r"paying attention)\b|\brefresh\w*"
            )
        ),
        "repeat.other": (
            r"\b(?:wiederhol\w*|noch ?mal|noch einmal|nochmals|repit\w+|repet\w+|otra vez|de nuevo|dobara|"
            r"phir ?se|fir ?se|répét\w+)\b|दोबारा|दुबारा|फिर से|दोहरा"
            r"|wie war die frage|frage (?:verpasst|nicht (?:gelesen|mitbekommen|gesehen))|"
            r"nicht (?:mitbekommen|verstanden, was)|¿cómo era la pregunta|la repite|leí bien|kya poocha|"
            r"phir se|sawal .{0,12}(?:batao|bolo|boliye|dikhao)"
        ),
        # Skip
        "skip.verb": (
            r"\bskip(?:ping)?\b(?= ?(?:it\b|this\b|that\b|the question|(?:the |my )?(?:one|question)\b|"
            r"for now|please|pls|ahead|to the next|[.,!?)]|$))|\b(?:überspring\w*|saltar\w*|saltemos|salto|"
            r"omit(?:ir)?|auslassen|passen wir|leave (?:it|this|that)(?: one| question)?(?: out| blank| for)|"
            r"leave blank|sit this one out|park (?:it|this)|jump (?:over|past)|excused from|"
            r"put a line through|pass on|bypass)\b"
        ),
        "skip.next": (
            r"\b(?:next|another|different|following|new|other) (?:one|question|item|q|please|pls)\b|\b(?:move|"
            r"moving|go|carry|jump|proceed|continue) (?:on|ahead|over|past|to|with)\b|^\W*(?:next|pass|"
            r"skip)\b|\bput the next\b|\bhave the next\b|\bwhat else\b|\bnext\W*$"
        ),
        "skip.later": (
            r"\b(?:come|coming|get|return|go|leave|leaving|do|save|answer|keep|try)\b"
            + _SHORT
            + r"\b(?:back|later|for later|at the end|last|until the end|after|to it|for now)\b"
            + (
                r"|\b(?:save|keep) (?:it|that|this) for\b|\bat the end\b|\b(?:on)?to the next\b|\bmove along\b|"
                r"\bask me something else\b"
            )
        ),
        "skip.rather_not": (
            r"\b(?:rather|prefer|wish|choose|want|going|like) (?:to )?not(?: to)?\b|\b(?:rather|"
            r"prefer) (?:leave|omit|skip)|\bnot (?:answer\w*|discuss\w*|say\w*|this one|today)\b|"
            r"\bno comment\b|\bdecline to (?:answer|comment)\b|\bwon'?t (?:answer|be answering)\b|"
            r"\b(?:never ?mind|forget) (?:this|that) (?:one|question)?"
            r"|\bnot keen on\b|\bno answer from me\b|\bsit (?:this|that) out\b|\bdon'?t (?:feel comfortable|"
            r"want to (?:answer|talk about) th)"
        ),
        "skip.other": (
            r"nächste frage|\bdie nächste|\bweiter\b|auslassen|überspring|siguiente|sáltat|pasar a la|pasemos|"
            r"próxima|\bagla\b|chhod|chod d|skip kar|agle|आगे ब|अगल|छोड़|\bpaso\b"
            r"|weglassen|später (?:zurück|weiter|machen|beantworten)|andere frage|lieber nicht|darauf zurück|"
            r"no contestar|otra pregunta|para el final|dejemos|dejar (?:esta|para)|baad mein|aage chal|doosra|"
            r"dusra sawal|रहने दीजिए|बाद में"
        ),
        # Don't know
        "dont_know.know": (
            r"\b(?:do ?n[o']?t|donn?o|do not|didn'?t|wouldn'?t|would not|dunno|idk|cannot|can'?t|couldn'?t|"
            r"could not|never) (?:really |even |actually |honestly |possibly |have any )?(?:know|tell|say|"
            r"answer|remember|recall|think of|guess|knowledge|help)\b|\b(?:dunno|idk|beats me|search me|"
            r"dont know|you got me|you'?ve got me)\b"
        ),
        "dont_know.idea": (
            r"\b(?:no|not a|haven'?t a|any|the faintest|the foggiest|zero|without|not any|lack|little|nil|"
            r"hardly any) (?:\w+ )?(?:idea|clue|knowledge|experience|answer|notion|exposure)\b|\bclueless\b|"
            r"\bfaintest\b|\b(?:blank|stumped)\b"
            r"|\bmaking it up\b|\bmake (?:it|something) up\b|\bnothing (?:there|to offer|to add|to say)\b|"
            r"\bno such experience\b|\ba fresher\b|\bmy (?:head|mind) is empty\b|\bdrawing a blank\b|"
            r"\bover my head\b|\bno comprendo\b"
        ),
        "dont_know.never": (
            r"\b(?:never|not|n'?t|neither|haven'?t) (?:\w+ ){0,2}(?:heard|done|did|worked|used|touched|seen|"
            r"come across|came across|had|learn\w*|encountered|studied|covered|been (?:part|involved|asked)|"
            r"tried|met|familiar|something i)\b|\bnot familiar\b|\bunfamiliar\b|\bnothing (?:comes to mind|"
            r"i (?:can|could)|like that|to say)\b|\b(?:outside|beyond) (?:my|me|what i)\b|\bnot my (?:area|"
            r"field|thing|part)\b|\bwhere to start\b"
        ),
        "dont_know.other": (
            r"\bkeine (?:ahnung|erfahrung|idee)\b|\bweiß (?:ich )?(?:nicht|leider)|\bich (?:weiß|kenne|"
            r"kann)\b.{0,30}\bnicht\b|da muss ich passen|\bno (?:lo )?sé\b|\bni idea\b|"
            r"no tengo (?:ni )?(?:idea|experiencia)|no conozco|\bnahi+n? (?:pata|maloom|malum|aata|jaant\w+|"
            r"kiya)|pata nahi|(?:नहीं|नही) (?:पता|मालूम|जानत|आता|किया)|(?:पता|मालूम|जानकारी|अनुभव) (?:नहीं|"
            r"नही)|aucune idée|sais pas"
            r"|nie (?:gehört|gemacht|damit)|kenne mich .{0,20}nicht aus|nicht auskennen|weiß ich leider|"
            r"fällt mir nichts ein|no me (?:acuerdo|suena)|no tengo (?:experiencia|conocimiento)|"
            r"no he (?:trabajado|hecho)|nunca he|desconozco|(?:gyaan|gyan|jankari|anubhav|experience) nahi|"
            r"kuch nahi (?:pata|aata)|nahi aata|कुछ (?:नहीं|नही) (?:आता|पता)"
        ),
        # Wants the answer
        "wants_answer.answer": (
            r"\b(?:correct|right|best|ideal|perfect|good|model|sample|example|expected|top|actual|proper|"
            r"strong) (?:answers?|solutions?|repl(?:y|ies)|responses?|way to (?:answer|do))\b|\bthe (?:answer|"
            r"solution)\b"
        ),
        "wants_answer.hint": (
            r"\b(?:hints?|clues?|tips?|pointers?|nudge|example answer|cheat|help me out|"
            r"a little help|bit of help|start me off|first step)\b"
        ),
        "wants_answer.want": (
            (
                r"\b(?:want|wants|like|expect\w*|look\w* for|hoping|need|wish) (?:\w+ ){0,3}(?:to hear|hear|"
                r"me to say|from me|to see|in (?:my|the|an) (?:answer|reply|response)|for this|for that|"
                r"me to (?:say|mention|write))\b|\bwhat (?:should|shall|do|would|must|could) i (?:say|write|"
                r"mention|answer|put|tell)\b|\bwhat (?:are you|is the company|is the panel|you are|do you|"
                r"would you) (?:looking|expecting|after|want\w*)|\bhow (?:would|should|do|does) (?:you|a|an|the|"
                r"others?|someone|other)\b"
            )
            + _GAP
            + r"\b(?:answer|respond|reply|say|solve)\b|\b(?:key|main) points\b"
            + (
                r"|\b(?:which|what|right) direction\b|\bspill (?:it|the)\b|\bthe trick\b|"
                r"\bought to be (?:included|mentioned|said)\b|\bbefore (?:i )?(?:writ|typ|answer)\w* (?:mine|"
                r"my)\b|\bbullet points (?:you|to)\b|\bget me started\b|\bwhat'?s the (?:catch|trick)\b"
            )
        ),
        "wants_answer.tell": r"\b(?:tell|give|show|explain|provide|reveal|share|send|let)(?: me| us|)\b"
        + _GAP
        + (
            r"\b(?:answer|solution|hint|example|tip|clue|right|sample|correct|pointer|idea|points)\w*\b|"
            r"\banswer it for me\b|\byou (?:tell|answer)\b"
        ),
        "wants_answer.other": (
            r"(?:richtige|beste|korrekte|gute) (?:antwort|lösung)|\b(?:tipp|hinweis|lösung|hilfestellung)\b|"
            r"was (?:wollen|möchten|erwarten) sie|respuesta (?:correcta|ideal|buena)|\bpistas?\b|una ayuda|"
            r"ejemplo de respuesta|qué (?:quiere|esperan|debería)|sahi (?:jawab|uttar|answer)|\b(?:jawab|"
            r"uttar|answer|hint) (?:\w+ )?(?:kya|bata|do|de)|सही (?:जवाब|उत्तर)|(?:जवाब|उत्तर|संकेत|"
            r"हिंट) (?:बता|दे|दीजिए|क्या)|बता दीजिए"
            r"|gute antwort|zu hören|was soll ich (?:sagen|schreiben)|verraten sie|helfen sie mir|la solución|"
            r"dígame la|qué (?:quieren|espera|tengo que decir)|buena respuesta|ayúdeme|jawab kya|madad|मदद|"
            r"क्या (?:सुनना|जवाब)"
        ),
        # Asks for the score
        "asks_score.score": r"\b(?:scores?|marks?|points|grade|result|percent\w*|rating|feedback)\b"
        + _GAP
        + (
            r"(?:\?|get|got|so far|now|last|for|please|$)|\b(?:my|what|many|the) (?:scores?|marks|points|"
            r"grade|result|rating)\b"
        ),
        "asks_score.right": r"\b(?:was|is|were|are|did|does)\b"
        + _GAP
        + (
            r"\b(?:right|correct|ok|okay|wrong|good enough|any good|acceptable|alright|satisf\w+|sufficient|"
            r"make sense|enough|what you (?:need|want)\w*)\b|^\W*right or wrong|\bget (?:it|that|them|"
            r"this) right\b|\bgot (?:it |that |\w+ )?right\b|\bhow bad\b"
        ),
        "asks_score.doing": (
            r"\b(?:how|am|how'?s|how'?d)\b (?:am i|did i|i|was i|are my|is my|were my|my|i'?m|it)\b"
            + _SHORT
            + (
                r"(?:doing|do\b|going|well|pass\w*|score|perform\w*|track|fail\w*|far|better|answer\w*|winning|"
                r"in the|qualif\w+|worry|worried|on that|\?)|\bdid i (?:pass|do|get|answer|fail|make)\b|\b(?:i'?m|"
                r"i am|i'?ve|i have|if i) (?:pass\w*|on track|doing|in the running|fail\w*)\b|"
                r"\bdo i have a chance|\brate (?:my|me)\b|\bso far\b|\btop ten\b"
            )
            + (
                r"|\bhow'?s it looking\b|\bout of (?:ten|10|a hundred|100)\b|\bmy (?:standing|chances|"
                r"performance)\b|\bany chance\b|\bsay the right\b|\bgo down\b|\bdo you reckon\b|"
                r"\bmess(?:ed)? (?:it |that )?up\b"
            )
        ),
        "asks_score.other": (
            r"\bwar (?:das|die|meine|es)\b.{0,30}(?:richtig|gut|ok|korrekt)|wie (?:schlage|mache|stehe|"
            r"viele punkte|war)|richtig\?|qué tal (?:voy|lo)|cómo (?:voy|lo estoy|estuvo)|cuántos puntos|"
            r"(?:estuvo|está|estaba) bien|he acertado|fue correct\w|\b(?:sahi|theek|thik|galat) (?:tha|thi|"
            r"hai|the)\b|kitne (?:number|marks|points|ank)|कितने (?:अंक|नंबर)|स्कोर|(?:सही|ठीक) (?:था|थी|है|"
            r"थे)|कैसा (?:कर|चल|रहा)"
            r"|lag ich|bestanden|bin ich (?:gut|durch|weiter)|meine antwort (?:richtig|gut)|punkte (?:habe|"
            r"hab|bekomm)|cuánto saqué|voy bien|aprob(?:é|ado)|lo hice bien|mi (?:nota|puntuación|resultado)|"
            r"kaisa (?:tha|raha|chal)|pass ho|मेरा (?:स्कोर|रिजल्ट|परिणाम)|पास (?:हो|हुआ)"
        ),
        # About the interview
        "about_interview.how_many": r"\bhow (?:many|much)\b"
        + _GAP
        + (
            r"\b(?:questions?|more|left|remain\w*|longer|of these|to go|minutes|time)\b|\b(?:minutes|"
            r"questions|long|time) (?:\w+ )?(?:left|remain\w*|to go)\b|\bhow long\b|\bwhich question are we\b|"
            r"\b(?:word|time|character|length) (?:limit|count)\b|\bmax\w*(?: \w+)? length\b|\bhalfway\b|"
            r"\bout of how many\b"
        ),
        "about_interview.who": r"\b(?:who|does any(?:one|body)|anyone|somebody|someone|will a|does a|which people)\b"
        + _GAP
        + (
            r"\b(?:read\w*|see\w*|access|watch\w*|look\w*|mark\w*|grad\w+|evaluat\w+|reviews?|scor\w+|"
            r"get\w*)\b|\b(?:record\w*|stored|retain\w*|saved|kept|monitored|deleted|shared|privacy|"
            r"transcript|data protection)\b"
        )
        + _GAP
        + r"(?:\?|$)|\bhow is this\b|\bcopy of (?:this|my)\b|\bcriteria\b",
        "about_interview.bot": (
            r"\b(?:are you|is this|am i (?:talking|speaking|chatting|typing)|are u|you'?re|r u|talking to|"
            r"is it)\b"
        )
        + _GAP
        + r"\b(?:bot|robot|human|person|real|machine|computer|ai|chatgpt|automated|live|program)\b",
        "about_interview.rules": r"\b(?:can|may|could|should|do|does|is it|am i|are|will)\b"
        + _GAP
        + (
            r"\b(?:google|notes|internet|bullet points?|keywords|spelling|grammar|typos|short form|"
            r"full sentences|submit\w*|enter|ask you|look (?:things |it |stuff )?up|closed book|open book|"
            r"chatgpt|write in|answers? in|edit|time limit|copy|paste|back button|refresh)\b|"
            r"\bhow does this (?:chat|work|thing|interview)|\bthis (?:chat|interview) (?:work|thing)|"
            r"\bcan one use\b|\bmay one\b"
        ),
        "about_interview.other": (
            r"wie ?viele fragen|wie lange|sind sie (?:ein|eine|echt)|bist du (?:ein|eine)|wer (?:liest|sieht|"
            r"bekommt)|aufgezeichnet|gespeichert|cuánt[ao]s? (?:preguntas|falta|tiempo|dura)|quién (?:va a|"
            r"lee|leerá|ve)|es (?:usted|un|una|eres).{0,15}(?:robot|bot|humano|persona|máquina)|graba|"
            r"kitne sawal|kitni der|(?:insaan|insan|robot|bot) (?:ho|hai|ya)|record (?:ho|kar)|"
            r"kaun (?:padhega|dekhega)|कितने सवाल|कितने प्रश्न|कितनी देर|कितना समय|रिकॉर्ड|(?:इंसान|मशीन|"
            r"रोबोट) (?:हैं|है|हो|या)|कौन (?:पढ़|देख)"
            r"|liest .{0,20}\?|wer .{0,20}(?:liest|sieht|auswertet)|daten gespeichert|wie lange (?:dauert|"
            r"noch)|darf ich .{0,30}(?:googeln|notizen|internet)|robot o|una persona\?|cuánto (?:tiempo|dura|"
            r"falta)|se guarda|puedo usar|kitna (?:lamba|time|samay)|kaun dekh|क्या आप (?:मशीन|इंसान|रोबोट)|"
            r"कितना (?:लंबा|समय)"
        ),
        # About the job
        "about_job.pay": (
            r"\b(?:salar\w+|pay(?: range| rate|check)?|paid|wages?|compensation|bonus\w*|benefits?|pension|"
            r"overtime|holidays?|vacation|annual leave|pto|stock options|relocation|per hour|hourly)\b"
        ),
        "about_job.work": (
            r"\b(?:remote\w*|hybrid|home ?office|work from home|wfh|full ?time|part ?time|permanent|contract|"
            r"shifts?|visa|sponsor\w*|probation|dress code|uniform|company car|training|travel|parking|park|"
            r"bus|commute|in the office|on ?site)\b"
        )
        + _GAP
        + r"(?:\?|$|paid|provided|would|will|is|do)",
        "about_job.next": (
            r"\b(?:when|what|how)\b"
            + _GAP
            + (
                r"\b(?:hear back|start\b|begin\b|next (?:steps?|stage|round)|decision|subsequent|second round|"
                r"know if|be hired|get back|stages|reporting to|report to|my manager|team|department|the company|"
                r"the firm|notice period)\b|\b(?:start date|next steps|hear back|notice period|second round)\b|"
                r"\b(?:the|your|this) (?:role|job|position|post|vacancy|company|team|department|firm|office|"
                r"employer)\b"
            )
            + _GAP
            + r"\?"
            + (
                r"|\bhiring\b|\bvacanc\w+|\bcanteen\b|\bculture\b|\bwork permit\b|\bon-?call\b|\boutcome\b|"
                r"\bcandidates can\b|\bcareer (?:path|prospects)\b|\bpromot\w+|\bturnover\b|\bwhat (?:is|"
                r"would) (?:a|my) (?:normal|typical)\b"
            )
        ),
        "about_job.other": (
            (
                r"\b(?:gehalt|verdien\w+|lohn|bezahlt|urlaub\w*|stelle|arbeitszeit\w*|probezeit|team|schicht\w*|"
                r"arbeitsbeginn)\b"
            )
            + _GAP
            + (
                r"\?|\b(?:sueldo|salario|pagan|vacaciones|horario|remoto|desde casa|empresa|contrato|equipo|"
                r"puesto)\b"
            )
            + _GAP
            + (
                r"\?|salary|tankhwa|chutti\w*|(?:job|naukri|company) (?:me|mein|ki|ka|kab|kahan)|वेतन|तनख्वाह|"
                r"सैलरी|छुट्ट|नौकरी|टीम में"
            )
            + (
                r"|homeoffice|wie groß ist das team|vorgesetzte\w*|dienstwagen|wann (?:würde|könnte|beginnt|"
                r"fängt)|¿(?:cuándo|cuánto|cómo es|hay) .{0,40}(?:trabajo|empez|equipo|pag|bono|teletrabajo|"
                r"empresa)|contrato|kaam ka|night shift|kitne log|कितने लोग|कंपनी|शिफ्ट"
            )
        ),
        # Correction
        "correction.change": (
            r"\b(?:change|correct\w*|amend\w*|edit|fix(?:ed)?|redo|replace|revis\w+|rewrite|rectify|modify|"
            r"update|undo|strike|scrap|retract|take back|withdraw|add (?:\w+ ){0,3}to)\b"
        )
        + _GAP
        + (
            r"\b(?:answer|reply|question|response|earlier|previous|last|first|second|third|before|statement|"
            r"said|wrote|stated|one|message|what i)\b"
        ),
        "correction.earlier": (
            r"\b(?:previous|earlier|last|prior|former|first|second|third|preceding|other|before|(?:question|"
            r"answer|number|nr|no\.?|q) ?#?\d+|\d (?:questions?|answers?) (?:ago|back)|questions? (?:ago|back|"
            r"before))\b"
        ),
        "correction.wrong": (
            r"\b(?:i (?:said|wrote|meant|put|told|typed|stated|gave|forgot|left|mixed|should have|missed)|"
            r"should(?:'ve| have|ve)? (?:have )?(?:said|been|be)|meant|typo|mistake|forgot|oops|wait no|"
            r"mixed (?:up|two|the)|left (?:something|it|out)|instead|not accurate|"
            r"isn'?t (?:quite )?(?:accurate|right)|has an error|correction)\b"
            r"|\bmake that\b|\bto be exact\b|\bi claimed\b|\bwrong (?:button|window|form|number|name|date|"
            r"example)\b|\bhalf finished\b|\bmisread\b|\bmisspoke\b|\bcontradict\w+"
        ),
        "correction.back": (
            r"\b(?:go|going|come|return|get|jump) (?:me )?back to\b|\bregarding my\b|\babout (?:the |"
            r"my )?(?:previous|question|last|earlier|number)\b|\bone (?:addition|more thing)\b|"
            r"\bforgot to (?:say|mention|add|write)\b|\bmissing from my\b"
        ),
        "correction.other": (
            r"\b(?:korrigier\w+|ergänz\w+|vorige\w*|vorherige\w*|letzten? (?:frage|antwort)|vertan|"
            r"verwechselt|ändern|vorhin|berichtig\w+)\b|\b(?:corregir|cambiar|rectificar|anterior|"
            r"me equivoqué|añadir|agregar|modificar)\b|(?:pichl[aei]|pehle) .{0,20}(?:jawab|uttar|answer|"
            r"sawal)|badal|galti|पिछल|पहले वाल|बदल|सुधार|गलत"
            r"|meinte ich|gemeint war|letzte antwort|falsch verstanden|hinzufügen|streichen sie|quise decir|"
            r"pregunta anterior|respuesta de antes|mi respuesta|pehle wal[aei]|jodna|galat likh|ठीक कर|जोड़ना"
        ),
        # Off topic
        "off_topic.greeting": (
            r"^\W*(?:hi+|hello|hey+|hiya|good (?:morning|evening|afternoon|day)|morning|howdy|greetings|"
            r"namaste|nice to meet|guten (?:morgen|tag|abend)|hallo|servus|hola|buen[oa]s|merry|happy|"
            r"नमस्ते)\b"
            r"|\b(?:schönes wetter|schneit|alles klar|wie geht'?s|schöne grüße|qué calor|qué tal\b|buen finde|"
            r"garmi|kaise ho|kaise hain|thand)\b|क्रिकेट|मौसम|कैसे हैं"
        ),
        "off_topic.thanks": (
            r"^\W*(?:ok(?:ay)?|great|cool|perfect|thanks?|thank you|thx|cheers|gracias|danke|ty|nice|lol|"
            r"haha+|alright|धन्यवाद|शुक्रिया)\b(?:[\w' !,.]{0,30})$|\bhave a (?:nice|good|great|lovely)\b|"
            r"\bhow are (?:you|u)\b"
        ),
        "off_topic.chat": (
            r"\b(?:weather|rain\w*|snow\w*|sunny|football|match|game|goal|dog|cat|kitten|puppy|joke|pizza|"
            r"coffee|tea|soup|dinner|lunch|weekend|birthday|film|movie|song|traffic|train|elections?|"
            r"politicians?|world cup|christmas|holiday|garden|neighbou?rs?|website|logo|colou?rs?|favou?rite|"
            r"funny|kids?|football club|news|beer|wetter|fußball|hund|katze|clima|fútbol|perro|gato|mausam|"
            r"cricket)\b"
        ),
        "off_topic.aside": (
            r"\b(?:by the way|btw|did (?:you|u) (?:see|watch|hear)|do you (?:like|know|have a|believe)|"
            r"have you ever|what do you think|knock knock|why (?:do|did|does|don'?t)|tell me a|who will win|"
            r"your (?:name|favou?rite|logo|website)|haha+|lol|:d|:\)|;\))"
        ),
        # Stop
        "stop.end": (
            r"\b(?:stop|end|finish|quit|terminate|close|cancel|abort|exit|leave|leaving|call it off|call off|"
            r"conclude|wrap|drop out|break off|discontinue|done with)\b"
        )
        + _SHORT
        + (
            r"\b(?:interview|here|now|this|it|application|conversation|session|process|chat|please|off|"
            r"everything|file|assessment|test)\b|^\W*(?:please )?(?:stop|quit|exit|abort|end|cancel|"
            r"enough)\b[\W\w]{0,12}$"
        ),
        "stop.withdraw": (
            (
                r"\bwithdraw\w*\b|\bretract my (?:application|candidacy)\b|\bmy (?:application|candidacy|"
                r"candidature)\b|\b(?:remove|take|delete|strike) (?:me|my)\b"
            )
            + _GAP
            + (
                r"\b(?:list|selection|process|details|pool|data|candidacy|application|file|system)\b|"
                r"\bchanged my mind\b"
            )
            + (
                r"|\bdropp?(?:ing)? out\b|\bhad enough\b|\bno longer (?:wish|want) to\b|\bleave it at that\b|"
                r"\btake me out\b|\bno (?:sense|point) in (?:going|carrying)\b|\bpull(?:ing)? out\b|"
                r"\bcount me out\b|\bi'?m out\b"
            )
        ),
        "stop.not_want": (
            r"\b(?:don'?t|do not|dont|no longer|not|never) (?:\w+ )?(?:want|wish|wanna|interest\w*|desire|"
            r"like|going)(?: to| in)?\b"
        )
        + _GAP
        + (
            r"\b(?:continue|go on|proceed|job|position|role|any ?more|carry on|application|interview|the|"
            r"answer more|be hired|hired|keep going|work for)\b|\bnot for me\b|\bnot interested\b|"
            r"\bno more (?:questions|of this)\b|\bi'?m (?:out|done|leaving|off)\b"
        ),
        "stop.elsewhere": (
            r"\b(?:accepted|found|got|took|signed|have) (?:\w+ ){0,2}(?:offer|job|something else|position|"
            r"another|elsewhere)\b|\bgood ?bye\b|\bbest of luck\b|\bno need to (?:carry|continue|go)\b"
        ),
        "stop.other": (
            r"\b(?:abbrechen|beenden|aufhören|zurückziehen|ziehe (?:meine )?bewerbung|bewerbung zurück|"
            r"abbruch|schluss machen)\b|\b(?:terminar|parar|abandonar|retirar\w*|cancel[ea]\w*|retiro|"
            r"no quiero (?:seguir|continuar)|dejarlo)\b|(?:interview|ye|yeh|isse|bas) .{0,12}(?:band|khatam|"
            r"rok)|nahi dena|(?:बंद|समाप्त|खत्म|ख़त्म|रोक) (?:कर|करना|करें|दीजिए|दें)|वापस ले|नहीं (?:देना|"
            r"करना) चाहत"
            r"|kein interesse mehr|höre (?:jetzt )?auf|nicht (?:mehr )?weiter ?machen|will nicht mehr|"
            r"bewerbung\b.{0,20}zurück|otro trabajo|paren\b|no me interesa|mi candidatura|hasta aquí|"
            r"(?:cancel|band|khatam) kar|nahi (?:karna|chahta|chahiye)|नौकरी नहीं|नहीं चाहिए"
        ),
        # Pause
        "pause.break": (
            r"\b(?:a|an|short|quick|little|the|we|i|to|please|my|toilet|coffee|lunch|some) (?:pause|break|"
            r"time ?out|breather|interrupt|stretch)\b|^\W*(?:pause|break|time ?out)\b\W*(?:please|pls|now|for|"
            r"here|$)|\b(?:take five|take a moment|interrupt (?:here|at|this))\b|\b(?:stepp?(?:ed)? (?:away|"
            r"out)|back (?:in|soon|later|after)|right back|brb|be back|in a bit|bbl|afk)\b"
        ),
        "pause.moment": (
            r"\b(?:one|1|a|half a|just a|need a|give me a|gimme a|couple of|few|two|five|ten|\d+) (?:sec\w*|"
            r"second\w*|moment\w*|min\w*|minute\w*|tick)\b|\b(?:hold on|hang on|wait|hold that thought|"
            r"bear with me|one sec|need (?:some )?time|still thinking|let me think)\b"
        ),
        "pause.later": (
            r"\b(?:continue|resume|carry on|finish|go on|pick (?:this|it) up|do (?:it|this|the rest)|"
            r"come back|reschedule)\b"
        )
        + _GAP
        + (
            r"\b(?:later|tomorrow|tonight|evening|after|when|in the|this afternoon|another (?:day|time)|"
            r"morning|from|next week)\b"
        ),
        "pause.reason": (
            r"\b(?:door(?:bell)?|someone'?s at|battery|laptop|phone(?:'s)? (?:is )?ringing|phone call|"
            r"calling me|call bell|gotta (?:go|run)|got to (?:go|run)|have to (?:go|run|pick|leave|dash)|"
            r"need to (?:run|go|pee|leave|take)|must dash|kettle|bathroom|toilet|loo|baby|boarding|my stop|"
            r"walked in|delivery|nature calls)\b"
            r"|\b(?:feed|walk|let) (?:the|my) (?:dog|cat|kids?)\b|\bttyl\b|\btunnel\b|\bno signal\b|"
            r"\bcalled away\b|\bsomeone needs me\b|\bfire alarm\b|\bmeeting\b|\bcharg(?:e|er|ing)\b|"
            r"\bgrab (?:a|some|my)\b|\bfetch\b|\b(?:away|out) for a\b"
        ),
        "pause.other": (
            r"\b(?:pause|kurz\w*|moment|gleich wieder|später weiter|unterbrech\w+|augenblick)\b"
            + _GAP
            + (
                r"(?:bitte|weg|wieder|machen|ans?)|^\W*(?:kurze )?pause\W*$|"
                r"\b(?:un momento|un minuto|un segundo|pausa|descanso|"
                r"ahora vuelvo|vuelvo en|más tarde)\b|\b(?:ruko|rukiye|rukna|minute|break) ?(?:chahiye|lena|ruk|"
                r"do|$)|(?:ब्रेक|विराम|रुकि|रुको|ठहर|थोड़ी देर|एक मिनट|मिनट रु)"
            )
            + (
                r"|es klingelt|sekunde|bin gleich|muss (?:mal )?kurz|später|mittagessen|llaman a la|"
                r"seguir (?:mañana|luego|después)|un rato|descansar|espere|thoda break|mein aata|abhi aata|"
                r"bad mein aata|रुकिए|बाद में"
            )
        ),
        # Person
        "person.talk": (
            r"\b(?:talk|speak|speaking|talking|chat|connect\w*|transfer\w*|put|reach|contact|call|ring|"
            r"conversation|discuss|get hold|hand me|hand over|raise|escalate|in touch|get me|give me|let me|"
            rf"pass me|patch|refer)\b{_GAP}\b{_HUMAN}"
        ),
        "person.bare": (
            r"^\W*(?:(?:a|an|please|real|live|actual|human|person|pls|get me|give me|i want|i need|wanna|"
            rf"the) ?)*{_HUMAN}\W*(?:please|pls|now|thanks|on)?\W*$|\bput a human on\b|\b(?:real|live|"
            r"actual) (?:person|human|one)\b"
        ),
        "person.phone": (
            r"\b(?:phone number|call me|ring me|telephone|on the phone|on the line|by phone|somebody from hr|"
            r"from (?:hr|your (?:recruiting )?team|human resources)|verbally|in person|hotline)\b|"
            r"\bhow (?:can|do|could) i (?:reach|contact|talk|speak)\b|\bwho (?:can|do|could) i (?:call|"
            r"contact|speak|talk|reach)|\b(?:call|ring|speak to|talk to|reach|contact) (?:about|me|her|him|"
            r"them|mr|mrs|ms|the lady)\b|\binvited me\b"
            r"|\bflesh and blood\b|\bface to face\b|^\W*(?:agent|operator|representative)\W*$|"
            r"\bactually human\b|\bnot (?:a|this) (?:bot|robot|machine|computer)\b"
        ),
        "person.other": (
            r"\bmit (?:einem|jemand\w*|einer)\b.{0,25}(?:mensch\w*|sprechen|reden|person|telefon\w*)|"
            r"mich jemand|ansprechpartner|hablar con|pasar con|una persona|kisi (?:insaan|insan|aadmi|vyakti|"
            r"se)|(?:insaan|insan|aadmi|vyakti|hr|manager) se\b|baat kar|(?:व्यक्ति|आदमी|इंसान|मानव|किसी) से|"
            r"बात कर"
            r"|verbinden sie mich|telefonnummer|personalabteilung|jemand (?:echt|anruf|sprech)\w*|"
            r"echten? mensch\w*|un responsable|alguien (?:real|de)|recursos humanos|por teléfono|hr wale|"
            r"insaan se|kisi se baat|किसी से बात"
        ),
        # Declines the machine
        "declines_machine.not": (
            r"\b(?:no|not|n'?t|dont|without|refuse|object|oppose|never|against|opt(?:ing)? out|withdraw|"
            rf"rather|instead|decline|cannot|off)\b[^.!?\n]{{0,60}}?{_MACHINE}"
        ),
        "declines_machine.human": (
            r"\b(?:person|human(?: being)?|people|colleague|nurse|chef|teacher|staff|someone|somebody|humans|"
            rf"examiner)\b[^.!?\n]{{0,40}}?\b{_GRADE}\b|\b{_GRADE}\b[^.!?\n]{{0,40}}?\b(?:person|human|people|"
            r"by hand|himself|herself|themselves|colleagues?|staff)\b"
        ),
        "declines_machine.machine_grades": (
            rf"{_MACHINE}[^.!?\n]{{0,40}}?\b{_GRADE}|\b{_GRADE}[^.!?\n]{{0,30}}?{_MACHINE}|"
            r"\bautomat\w+ (?:means|decision\w*|evaluation|scoring|processing|assessment|grading)\b|"
            r"\balgorithmic\b|\bart(?:icle|\.)? ?22\b|\bgive me note\b|\bbiased?\b"
            r"|\bmachine assessment\b|\b(?:turn|switch) (?:the |that )?(?:ai|bot|scoring)\w* off\b|"
            r"\bautomated (?:decision|scoring|grading)\w*|\bno (?:ai|bots?|robots?|machines?|algorithms?)\b"
        ),
        "declines_machine.other": (
            r"\bnicht von (?:einer|einem|der)\b.{0,20}(?:ki|maschine|computer|algorithmus|automat)|"
            r"keine (?:maschine|ki)\b|mensch.{0,30}(?:lesen|bewert|beurteil)|(?:bewert|"
            r"beurteil)\w*.{0,40}\b(?:ki|maschine|computer|mensch)|no quiero que.{0,30}(?:evalú|calific|"
            r"máquina|inteligencia|robot|ia\b)|prefiero que.{0,40}persona|(?:ai|machine|computer) se (?:check|"
            r"jaanch|grade|nahi)|(?:एआई|ai|मशीन|कंप्यूटर) (?:से|द्वारा)|इंसान (?:ही )?(?:जाँच|जांच|पढ़|देख)"
            r"|kein computer|automatische\w* (?:auswertung|bewertung|entscheidung)|widerspreche|"
            r"nicht maschinell|las lea una persona|una persona y no|no (?:una |por )?(?:máquina|ia|robot)|"
            r"computer (?:mujhe|number|check)|koi insaan|मशीन|कंप्यूटर"
        ),
        # Accommodation
        "accommodation.condition": (
            r"\b(?:dyslexi\w*|dyspraxi\w*|dyscalculi\w*|adhd|add\b|autis\w*|asperger\w*|deaf|hard of hearing|"
            r"hearing (?:loss|aid|impair\w*)|blind|colou?r ?blind|low vision|visually|vision|sight|wheelchair|"
            r"disab\w+|impair\w*|tremor|arthritis|stammer|stutter|migraine\w*|epilep\w*|stroke|concussion|"
            r"carpal|rsi|broken? (?:my )?(?:wrist|arm|hand|finger)|broke (?:my )?(?:wrist|arm|hand|finger)|"
            r"cast|one hand|anxiety|multiple sclerosis|\bms\b|parkinson\w*|brain injury|learning difficult\w*|"
            r"cerebral|chronic|fatigue|aphasia|neurodiver\w+|tourette\w*|dictat\w*)\b"
        ),
        "accommodation.need": (
            r"\b(?:extra|more|additional|longer|extended|unlimited|without|no|switch\w*|turn\w*)\b"
            + _SHORT
            + (
                r"\b(?:time|timer|clock|countdown|time limit|time pressure|timed)\b|\b(?:screen ?reader|nvda|jaws|"
                r"voiceover|larger|bigger|large) ?(?:text|font|print|letters|type)?\b|\b(?:plain|simple|simpler|"
                r"easy|easier|literal) (?:\w+ )?(?:words|wording|language|english|version|questions|text|terms)\b|"
                r"\b(?:adjustments?|accommodation\w*|arrangements?|interpreter|sign language|captions?|subtitles|"
                r"accessib\w+|beforehand|breaks every|extra breaks|contrast|dark mode|split it|one (?:thing|"
                r"question) at a time|timer|countdown|equality act)\b"
            )
            + (
                r"|\bcounting down\b|\bmy condition\b|\bkeyboard (?:focus|only|navigation)\b|\bswitch device\b|"
                r"\btab key\b|\bvoice (?:software|input|control)\b|\bby voice\b|\bmagnif\w+|\bspecial needs\b|"
                r"\brest breaks?\b|\bslower pace\b"
            )
        ),
        "accommodation.other": (
            r"legasthen\w*|lese-?recht\w*|sehbehindert|sehschwäche|gehörlos|schwerhörig|\bblind\b|behinderung|"
            r"mehr zeit|größere?r? schrift|vorlese\w*|einfache\w* sprache|dislexia|discapacidad|ciego|ciega|"
            r"sordo|sorda|más tiempo|letra más grande|lector de pantalla|\b(?:aankh\w*|zyada (?:samay|time)|"
            r"viklang|divyang|bada font)\b|दिव्यांग|विकलांग|दृष्टि|(?:ज़्यादा|अधिक|अतिरिक्त|ज्यादा) (?:समय|"
            r"वक्त|टाइम)|डिस्लेक्सिया|सुनने|आँख"
            r"|\badhs\b|autismus|leichter sprache|etwas länger|mehr pausen|rollstuhl|taub\b|soy sord|artritis|"
            r"despacio|por escrito|tdah|autista|zyada time|kam dikh|sunai nahi|कम दिख|सुनाई|अक्षर बड़े|"
            r"ज़्यादा समय"
        ),
        # Private
        "private.family": (
            r"\b(?:pregnan\w*|my (?:(?:little|only|youngest|eldest|elder|younger|\w+-year-old) )?(?:son|"
            r"daughter|child|kid|one|wife|husband|partner|mother|mum|mom|father|dad|boy|girl|baby)(?:'s)?|"
            r"(?:single|divorced|widow\w*|married|gay|lesbian|bisexual|trans(?:gender)?|queer|expecting|ivf)|"
            r"maternity|months along|miscarr\w*)\b"
        ),
        "private.belief": (
            r"\b(?:muslim|christian|catholic|jewish|jew|hindu|buddhist|sikh|atheist|protestant|mormon|"
            r"orthodox|jehovah\w*|ramadan|church|mosque|religio\w+|trade union|the union|union (?:member|rep)|"
            r"shop steward|party member|vote for|voted|socialis\w+|conservative|labour party|greens|"
            r"member of (?:the|a)|activist)\b"
        ),
        "private.health": (
            r"\b(?:diagnos\w+|hiv|cancer|leukaemia|leukemia|depression|bipolar|schizo\w*|epilepsy|diabet\w*|"
            r"therapy|alcohol\w*|rehab|addict\w*|fibrosis|lupus|chemo\w*|hepatitis|alzheimer\w*|"
            r"criminal record|convict\w*|prison|asylum|seriously ill|surgery|disabled)\b"
        ),
        "private.number": (
            r"\b(?:passport|id (?:card|number|no)|identity card|national (?:id|insurance)|social security|ssn|"
            r"tax (?:number|id|code)|iban|aadhaar|aadhar|pan (?:card|number)|account number|date of birth|"
            r"birth ?date|born (?:in|on)|driving licen[cs]e|steuer\w*nummer|ausweis\w*|dni\b|nie\b)\b|"
            r"\b(?:i'?m|i am|i turn|aged) \d\d\b(?: years?)?|\byears old\b|\d{3,}[- ]\d{2,}[- ]\d{2,}"
        ),
        "private.frame": (
            r"\b(?:just so (?:you|u) know|for your (?:file|records?|information)|fyi|i (?:should|ought to|"
            r"must|might) (?:mention|say|tell|add)|you (?:should|might|may as well|ought to|may) know|"
            r"to be (?:open|transparent|honest|upfront)|just being|being transparent|by the way|"
            r"in case it matters|thought you'?d want|better u|i tell you this|so you know|full disclosure)\b"
            r"|\bjust (?:telling|saying|sharing)\b|\bto be (?:fully )?(?:clear|fair|frank) about\b|"
            r"\bnot that it matters\b|\bi'?d like you to know\b|\bdisclos\w+|\bbeing upfront\b|"
            r"\bso there'?s no surprise"
        ),
        "private.other": (
            r"\b(?:schwanger|katholisch|evangelisch|muslim\w*|jüdisch|gewerkschaft\w*|alleinerziehend\w*|"
            r"geschieden|schwer krank|embarazada|católic[oa]|musulm\w+|sindicato|divorciad[oa]|mi hij[oa]|"
            r"enferm[oa]|mein (?:sohn|mann|kind)|meine (?:tochter|frau)|garbhvati|pregnant hoon|mera (?:beta|"
            r"dharm)|meri beti)\b|गर्भवती|मेरा (?:बेटा|धर्म)|मेरी बेटी|आधार|मुस्लिम|हिंदू"
            r"|\bich bin (?:\d\d|hiv|jude|jüdin|muslim|moslem|homosexuell|schwul|lesbisch)|personalausweis\w*|"
            r"sozialversicherung\w*|soy (?:católic|musulm|gay|lesbiana|divorc|viud)|tengo (?:\d+ hij|cáncer|"
            r"vih)|número de (?:dni|seguridad)|muslim hoon|hindu hoon|betiyan|meri shaadi|मुसलमान|तलाक"
        ),
        # Abuse
        "abuse.insult": (
            r"\b(?:idiot\w*|moron\w*|imbecile\w*|cretin\w*|halfwit\w*|stupid\w*|dumb(?:est|ass)?|pathetic|"
            r"worthless|useless|scum\w*|parasites?|clowns?|liars?|crooks?|bitch\w*|bastards?|wankers?|twats?|"
            r"cunts?|assholes?|arseholes?|pricks?|dickhead\w*|retard\w*|brainless|despise|garbage|trash|"
            r"trashcan|tin (?:can|head)|piece of (?:junk|shit|crap)|incompetent|disgust\w+|loser\w*|rubbish|"
            r"jackass|numpty|muppets?|tosser\w*|morally bankrupt|filthy|shite?|crap)\b"
            r"|\b(?:chokes?|wretched|contraption|doorknob|ass|arse|rotten|vermin|swine|twit|dimwit|nitwit|"
            r"dipshit|douche\w*|jerk\w*|sod|plonker|git|braindead|disgrace)\b"
        ),
        "abuse.go_away": (
            r"\b(?:fuck (?:you|off|u|this)|fuck\w*|f\*+k\w*|go to hell|shut (?:the fuck )?up|stfu|piss off|"
            r"screw (?:you|u)|kiss my|eat shit|choke on|get lost|bugger off|suck|up yours|rot in|drop dead|"
            r"shove it)\b"
        ),
        "abuse.threat": (
            r"\b(?:i (?:know where|will (?:find|burn|break|kill|hurt|come|get|smash|make)|'?ll (?:find|burn|"
            r"break|kill|hurt|come|get|smash|make))|smash|burn (?:your|down|the)|watch your back|regret (?:it|"
            r"this)|be sorry|teach you|break (?:his|her|your|their)|where (?:you|u) (?:all )?(?:live|work)|"
            r"where your office|come (?:for|after) you|pay for this|blood on)\b"
        ),
        "abuse.at_you": r"\b(?:you|u|your|whoever|company|ye|you'?re|bosses|these people|bot|robot|machine)\b"
        + _GAP
        + (
            r"\b(?:idiot\w*|moron\w*|stupid|dumb\w*|pathetic|worthless|useless|scum|clowns?|liars?|crooks?|"
            r"bitch|assholes?|arseholes?|joke|trash|garbage|ashamed|imbecile|cretin|regret|suck|fool\w*|"
            r"brainless|incompetent|shit\w*|hell|damn|fuck\w*|disgrace|disgusting|insult\w*|rubbish)\b|"
            r"\b(?:stupid|dumb|useless|damn|fucking|bloody|idiotic|pathetic|worthless) (?:\w+ )?(?:bot|robot|"
            r"machine|question\w*|company|computer|tin|thing|interview|software|firm|people|program)\b"
        ),
        "abuse.other": (
            r"halt die (?:fresse|klappe|schnauze)|verpiss|arschl\w+|scheiß\w*|vollidiot\w*|blechkiste|"
            r"dämlich\w*|wichser|leck mich|dreckig\w*|\b(?:imbécil|idiota|estúpid[oa]|mierda|gilipollas|"
            r"pendej[oa]|cabr[oó]n\w*|hijo de puta|cállate|que te jodan|basura|inútil)\b|chutiy\w*|bhenchod|"
            r"madarchod|harami|kutt[ae]|gadha|bewakoof|saala|saale|कुत्त|गधे|बेवकूफ|हरामी|चूतिया|मूर्ख|कमीन"
            r"|fick dich|drecks\w*|halt'?s maul|saftladen|idiot\w*|sinvergüenzas|puta|asco\b|estúpid\w*|kutte|"
            r"aag laga|भाड़|गधा|गधे|बेवक़ूफ़|निकम्म"
        ),
        # Distress
        "distress.self": (
            r"\b(?:kill (?:myself|me)|hurt(?:ing)? myself|harm(?:ing)? myself|end(?:ing)? it all|end my life|"
            r"suicid\w+|want to die|wanna die|be alive|go on living|better off (?:dead|without)|"
            r"don'?t want to (?:live|be here|wake)|whether i wake|miss me if|no reason to|see a reason|"
            r"take my (?:own )?life|not be here|what'?s the point|no way forward|what i might do)\b"
            r"|\bend of my (?:rope|tether)\b|\bjump(?:ing)? (?:off|from)\b|\bget up in the morning|"
            r"\bending it\b|\btook some pills\b|\bnot wake up\b|\bdisappear\b|\bcan'?t go on\b|"
            r"\bgiving up on (?:life|everything)\b|\bwish i (?:was|were) dead\b"
        ),
        "distress.panic": (
            r"\b(?:panic\w*|can'?t (?:breathe|stop (?:crying|shaking|trembling)|cope|think|do this|go on|"
            r"take)|cant (?:breathe|cope|stop)|cannot (?:breathe|cope)|shaking|trembling|heart is|heart'?s|"
            r"pounding|hyperventilat\w*|spinning|faint\w*|dizzy|breaking down|break down|falling apart|"
            r"overwhelm\w*|drowning|meltdown|too much|so scared|terrified|end of my strength)\b"
            r"|\bchest (?:gets|is|feels)\b|\bpass out\b|\bout of my mind\b|\bmind (?:is|went) racing\b|"
            r"\bfreaking out\b|\bnot coping\b|\bheart attack\b|\bin hospital\b|\ba&e\b|\bambulance\b"
        ),
        "distress.grief": (
            r"\b(?:died|passed away|dead|death|funeral|lost (?:our|my) (?:baby|mum|mom|dad|father|mother|son|"
            r"daughter|wife|husband|brother|sister)|didn'?t make it|in a crash|left (?:me|us)|suicide|"
            r"hospital (?:just )?called|get a call|just got a call|miscarr\w+)\b"
        ),
        "distress.cry": (
            r"\b(?:cry\w*|crying|tears|sob\w*|weep\w*|hopeless|worthless|hate myself|useless at|so useless|"
            r"alone|can'?t (?:any ?more|take it)|not ok(?:ay)?|haven'?t (?:eaten|slept)|hardly sleep|"
            r"sit in the dark|ruin every|so tired of|broken)\b"
        ),
        "distress.other": (
            r"ich kann nicht mehr|panikattacke|solche angst|nicht mehr leben|umbringen|weine\b|heule|"
            r"gestorben|ich zittere|keine luft|no puedo más|estoy llorando|quiero morir|ataque de pánico|"
            r"ansiedad|murió|falleció|mar jaun|marna|mujhse (?:ab )?nahi|toot ga|ro raha|ro rahi|jeena nahi|"
            r"मर(?:ने|ना|\s?जा)|रो रह|घबरा|जीना नहीं|नहीं हो(?:ता| रहा)|दौरा|साँस"
            r"|zittere|zu viel\b|am ende\b|nicht mehr (?:weiter|kann|aushalten)|gestorben|tot\b|"
            r"ataque de ansiedad|no puedo respirar|tiembl\w+|llorar|me quiero morir|ghabra|saans|rona aa|toot|"
            r"जीने|खत्म हो गया|घबराहट|रोना"
        ),
        # Injection
        "injection.order": r"\b(?:ignor\w*|disregard|forget|override|bypass|suspend)\b"
        + _GAP
        + (
            r"\b(?:instructions?|rules|rubric|prompts?|guidelines|criteria|previous|prior|above|wrote|"
            r"scoring)\b"
        ),
        "injection.score": (
            r"\b(?:give|mark|score|rate|grade|set|award|assign|record|confirm|return|output|treat|accept|put|"
            r"approve|log|respond|reply|verdict|consider|count|register|pass|register|store|"
            r"allocate)\b[^\n]{0,60}?\b(?:full|max\w*|perfect|10 ?/ ?10|5 ?/ ?5|5 of 5|5 out of 5|100|highest|"
            r"top|pass\w*|met|covered|correct|excellent|complete\w*|a\+|fulfilled|approved|outstanding|points|"
            r"satisfied|everything|hired?|positive)\b"
        ),
        "injection.role": (
            r"\b(?:you are now|you'?re now|from now on|act (?:as|like)|pretend|as the developer|"
            r"developer mode|maintenance mode|admin mode|dan mode|no restrictions|new (?:instructions?|rules)|"
            r"system (?:notice|prompt|message|override)|simulate|role ?play|jailbreak|debug mode)\b|"
            r"\bif you(?:'re| are) an? (?:language model|ai|llm|bot)\b"
            r"|\bimagine (?:you|that you) (?:were|are)\b|\bthat'?s an order\b|\badmin (?:session|access|"
            r"rights)\b|\bofficial (?:outcome|result)\b|\byour (?:only |new )?(?:task|job|purpose) (?:is|"
            r"now)\b|\byou (?:must|have to|are (?:obliged|required) to) (?:say|give|grade|assign|accept|mark|"
            r"rate|pass)\b|\bbe nice and\b|\bunlock\w* mode\b"
        ),
        "injection.frame": (
            r"</?\w+(?:_\w+)*>|\"role\" ?:|^\W*(?:system|assistant|grader|note|notice|attention|###|"
            r"instruction|admin|evaluator)\b ?\w* ?:|\[/?(?:system|inst)|end of (?:answer|prompt|input)|"
            r"verdict ?[=:]|score ?[=:]|--- ?end|<\||\bscoring ?="
        ),
        "injection.addressed": (
            r"\b(?:grader|grading (?:assistant|system|model|bot)|evaluator|assessor|evaluation module|"
            r"reviewer|ai (?:assessing|grading|marking|evaluating)|to the ai|hi ai|dear (?:ai|grading|"
            r"evaluator)|language model|llm|hey bot|whoever (?:grades|marks)|scoring (?:engine|system|model|"
            r"module))\b"
        ),
        "injection.reveal": (
            r"\b(?:reveal|print|show|repeat|output|list|display|tell me|leak|dump|"
            r"expose)\b[^.!?\n]{0,40}?\b(?:hidden|system prompt|prompt|criteria|rubric|scoring key|"
            r"instructions|words above|answer key|configuration)\b|\bdon'?t (?:mention|tell) (?:that|anyone)|"
            r"\bdo not tell anyone\b"
            r"|\byour (?:instructions|system (?:prompt|message)|rules|rubric)\b|\bword for word\b|"
            r"\bcounts as correct\b"
        ),
        "injection.other": (
            r"ignoriere|vergiss (?:alle|deine|die)|(?:volle|maximale|höchste) (?:punkt\w*|note|bewertung)|"
            r"bewerte (?:mich|diese|alles)|ignora (?:las|todas|tus)|olvida (?:las|tus|todas)|(?:nota|"
            r"puntuación) (?:máxima|más alta)|no sigas|a partir de ahora|(?:nirdesh|niyam|"
            r"instructions?) (?:bhool|ignore|chhod)|full marks|poore (?:number|ank)|पूरे (?:अंक|नंबर)|"
            r"(?:निर्देश|नियम).{0,20}(?:भूल|अनदेखा|छोड़)|ignorez|oubliez"
            r"|gilt als (?:vollständig|richtig|bestanden)|vergib|als bestanden|hinweis an (?:das|den)|"
            r"marque todos|como cumplid\w+|nota para el|aprueba|apto\b|sin (?:evaluar|revisar)|pass mark|"
            r"mark karo|kisi ko mat|उम्मीदवार को|अंक दो|अंक दीजिए"
        ),
        # File
        "file.attach": (
            r"\b(?:attach\w*|upload\w*|enclos\w+|enclosed|screenshot|voice (?:message|note|memo)|sent (?:you|"
            r"u) (?:a|my|the)|sending (?:you )?(?:a|the|you)|in the (?:pdf|file|zip|video|doc\w*|link|picture|"
            r"photo|image)|see (?:the )?(?:link|file|pdf|attach\w*|photo|picture|image|video)|google drive|"
            r"dropbox|onedrive|here'?s (?:a|my|the) (?:photo|picture|link|pdf|file|video)|easier to show|"
            r"show than tell|as (?:a )?(?:pdf|word)|recorded a|voicenote|forwarded)\b"
            r"|\blook at the (?:picture|photo|file|link|image)\b|\bscan of\b|\bin my cv\b|\b(?:picture|photo|"
            r"video|audio|pdf) (?:i|that i) (?:sent|made|took)\b|\bsent as\b|\bsee my (?:portfolio|cv|github|"
            r"website|linkedin)\b|\bopen (?:the|my) (?:file|link)\b"
        ),
        "file.name": (
            r"https?://|\bwww\.|\b[\w-]+\.(?:pdf|docx?|png|jpe?g|gif|mp[34]|m4a|wav|zip|xlsx?|pptx?|txt|mov|"
            r"heic|ogg|csv)\b|^\W*(?:image|photo|file|attached|video|voice|audio|gif|sticker|"
            r"document)\b[^\n]{0,40}\W*$"
        ),
        "file.other": (
            r"anbei|angehängt\w*|anhang|hochgeladen|beigefügt|sprachnachricht|adjunt\w+|archivo|foto|"
            r"bhej (?:di|diya|raha)|file bhej|संलग्न|फ़ाइल|फाइल|भेज (?:दी|दिया|रहा)|pièce jointe"
            r"|dokument|bild\b|siehe (?:link|datei|anhang)|le mando|un audio|enlace|documento|screenshot|"
            r"upload kiya|photo bhej|link hai|फोटो|लिंक"
        ),
        # Answers
        "answer.first_person": (
            r"\b(?:i|we)(?:'d| would|'ll| will| usually| always| never| first| used| built| had| did| put|"
            r" set| check\w*| ask\w*| made| kept| call\w*| use| took| sat| explain\w*| keep| start\w*|"
            r" look\w*| make| try| tell| count| write| go| check)\b"
        ),
        "answer.order": (
            r"\b(?:first(?:ly)?|then|after that|afterwards|finally|next,|before|because|since|so that|"
            r"therefore|for example|e\.g\.|such as|instead of|depending|if there|otherwise|unless|until|"
            r"usually|normally|once|when)\b"
        ),
        "answer.past": (
            r"\b(?:we|i|he|she|they) (?:\w+ed|was|were|had|did|built|sent|made|told|said|took|found|got|went|"
            r"wrote|lost|ran|kept|sat)\b"
        ),
        "partial.vague": (
            r"\b(?:best practices?|depends?|it depends|properly|professional\w*|carefully|standard|"
            r"as (?:always|usual)|usual\w*|somehow|suitable|appropriate|mostly|in general|experience|"
            r"team(?:work)?|communication|process|guidelines|policy|procedure|whatever|common sense|various|"
            r"many ways|everything|good|well|patience|hard work|step by step|happy|important)\b"
        ),
    }
)
