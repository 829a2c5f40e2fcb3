"""Phrases of changes, questions, reactions and wishes to the bot, in English, German and Japanese.

Patterns are matched against one clause, casefolded and without the words that only lead into it.
"""

import re
from dataclasses import dataclass


def _any(*patterns: str) -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{pattern})" for pattern in patterns))


# Words before what a clause is about. `LAUGHS` and `PRAISE` are reactions in themselves.
FILLERS = re.compile(
    r"(?:(?:and|then|now|please|pls|plz|ok|okay|just|hey|bot|yes|yeah|yep|hm+|well|next one|"
    r"und|dann|jetzt|nun|bitte|also|ja|na|mal|noch|次は|今度は|じゃあ|もう)\b[\s、]*)+"
)
GOES_ON = re.compile(r"^(?:and|then|now|next|und|dann|jetzt|nun|次は|今度は|最後に)\b|^(?:次は|今度は|最後に)")
LAUGHS = re.compile(
    r"(?:(?:lol|lm+f?ao+|rofl|(?:ha){2,}h?|he(?:he)+|omg|wtf|wow+|yo+|bruh|damn|dude|man|meh|whoa|"
    r"boah|krass|geil|alter|wahnsinn|haha)\b[\s、]*)+|(?:笑|w{2,})\s*"
)
PRAISE = re.compile(
    r"(?:(?:cool|nice|great|super|love (?:it|this)|awesome|perfect|toll|schön|gut|すごい|いいね|かわいい)\b[\s、]*)+"
)
CLAUSE_ENDS = re.compile(r"(?<=[,.!?;、。！？…\n])\s*|\s+(?=but\b|aber\b)|(?<=[!?！？])|(?<=ね、)|(?=でも)")
CONTRAST = re.compile(r"(?:but|aber|でも)\b\s*|でも、?")
# "Can you …": what follows decides.
POLITE = re.compile(
    r"(?:(?:can|could|would|will) (?:you|u|we|ya)(?: please| also| maybe| pls)*|"
    r"(?:kannst|könntest|würdest|magst) du(?: das| es| den| die| dem| der)?(?: bitte| mal| noch| auch)*)\s+"
)
VIDEO_ITSELF = (
    r"(?:this|that|it|these|those|the|my)?\s*(?:one|video|clip|post|message|file)?"
    r"(?: (?:down|again|now|please|pls|plz|thanks))*"
)
DAS_VIDEO = r"(?:das|es|dieses|mein|diesen|den)?\s*(?:video|clip|post)?(?:(?: bitte| wieder| mal| jetzt)*)"

WISH = _any(
    rf"^(?:delete|remove|erase|trash|cancel|undo|get rid of|take down) ?{VIDEO_ITSELF}$",
    r"^take (?:this|it|that) (?:down|off)|^stop(?:$| (?:it|this|that|now|making|posting|doing|spamming|please))",
    r"\bthank|^(?:thx|ty|tysm)\b|^(?:good|bad|best|stupid|dumb|nice) bot|^shut up|^leave me|^never ?mind|^forget it",
    r"^(?:send|dm|pm|mail|tell|give|show|link|hand|get) me\b|^(?:send|post|upload|pin|share|forward) (?:it"
    r"|this|that)\b",
    r"^(?:don'?t|do not) (?:post|do|send|make|ping|tag|reply|spam)|\brefund|^help(?:$| me)|money back",
    r"^(?:get|have|see) (?:the|my) (?:file|link|prompt|money)",
    rf"^(?:lösch\w*|entfern\w*) {DAS_VIDEO}$|^(?:{DAS_VIDEO} )?(?:löschen|entfernen)$|^(?:löschen|schicken"
    rf"|senden|zeigen)$",
    r"^(?:brich|breche?) .*\bab$|\bdanke?\b|\bdank$|(?:guter|böser|dummer|braver) bot|^hör(?:e)? (?:auf|damit)",
    r"^(?:schick|zeig|sag|gib|send)\w* (?:mir|uns|es mir|das mir)\b|^nimm (?:das|es) .*(?:runter|raus|weg)"
    r"|^hilf|^hilfe",
    r"\b(?:mir|uns) .*(?:schicken|senden|zeigen|geben)$|^(?:poste?|lade?) (?:das|es)|^lass mich|^vergiss (?:es"
    r"|das)|nicht mehr (?:posten|machen|schicken)",
    r"^(?:(?:これ|それ|あれ|この動画|動画|この投稿)(?:も|は|を)?)?(?:削除|消)(?:し)?(?:て)?"
    r"(?:ください|下さい|ほしい|欲しい|もらえますか|もらえる|くれ|して)?$",
    r"ありがと|感謝|お疲れ|やめて|止めて|助けて|キャンセル|しないで|見せて|送って|送り|(?:リンク|ファイル|プロンプト)を(?:くだ|くれ)",
)
# A scene in the words of a prompt.
SCENE = _any(
    r"^(?:a|an|one|two|three|four|ein|eine|einen|einem|zwei|drei) \w+(?: (?!day$|time$)\w+)",
    r"^(?:he|she|it|er|sie|es) (?!is\b|was\b|looks?\b|ist\b|war\b|sieht\b|goes\b|hits\b|slaps\b)\w+ \w+",
    r"^(?:the|der|die|das) (?:\w+ )+(?:\w+(?:er|st)|\w+(?:es|s)) "
    r"(?:und|and|in|on|into|over|at|from|through|auf|über)\b",
    r"^(?:heavy|soft|light|dense|thick|warm|cold|dark|bright|slow|fast|red|blue|green|black|white|golden|snowy|rainy"
    r"|foggy|schwarz|rot|blau|dunkel|hell)\w*[ -]\w+$",
    r"\b(?:please|pls|plz|bitte)$|^somewhere\b|^irgendwo\b",
    r"もっと|もう少し|ている$|[えけせてねめれげべ]る$|てくる$|ていく$|(?:中|海辺|空|街|夜|朝|森|上|下)(?:の|で).{2,}",
)
# Talk about the clip, its making or its writer, even with words that a change could have ("we should use this").
TALK = _any(
    r"^(?:nope|nah|naw|no way|not what|nein|nee|ne)\b",
    r"^(?:cancel|stop|abort|undo)\b",
    r"\b(?:stop|quit) (?:spending|wasting|posting|making|sending)\b|\bspend(?:ing)? (?:money|credits)\b",
    r"^(?:i|we|you|someone|nobody|my|mine|our|ours)\b(?! (?:want|wanna|need|think)\b|'?d (?:like|prefer|love|rather))",
    r"^\w+ (?:(?!the video|this video|the clip)[\w']+ )*(?:from|off|to|in|on|of|into) (?:the|this|that|my|our|your)? ?"
    r"(?:channel|feed|chat|server|discord|timeline|thread|pins|pinned messages|profile|steam|insta\w*|youtube|tiktok"
    r"|phone|wallpaper|here)$",
    r"\b(?:yourself|itself off)\b|^(?:take|give|keep) (?:my|your|up|it up)\b|^keep (?:going|them coming)\b|^add me\b",
    r"^imagine (?:paying|having|being|not|if (?:you|i|we))\b|^let'?s ?go\b|^same energy|^change my mind|^make it stop$",
    r"^make (?:love|a backup|it make sense|up your mind)|^turn down for what"
    r"|^more (?:like )?(?:this|these|of this) please",
    r"^give (?:this|that|the) (?:man|guy|dude|bot|dev|one) |^put (?:this|that) in a museum|^kill it with fire",
    r"^(?:saving|posting|sharing|sending|showing|stealing|using|keeping|reposting|pinning) (?:this|it|that|these)\b",
    r"^(?:this|that) (?!but\b|in\b|as\b|with\b|at\b|one\b|needs?\b|should\b|instead\b|without\b|time\b)\w+",
    r"\b(?:yesterday|last (?:night|week|time)|on (?:mon|tues|wednes|thurs|fri|satur|sun)day|i guess|apparently)\b",
    r"^(?:the|these|those|all) (?:\w+ )?\w+ (?:is|are|looks?) (?:so |too |really |kinda )?"
    r"(?:cursed|weird|off|wrong|broken|creepy|scary|ugly|funny|insane|crazy|perfect|missing|fire|sick)$",
    r"^(?:cheaper|better|worse|funnier|cooler|scarier|nicer) than\b|^(?:ok(?:ay)? )?that'?s\b",
    r"^(?:ich|wir|mein\w*|unser\w*|dein\w*)\b(?! (?:will|möchte|hätte|brauche?|wünsche?)\b)",
    r"^(?:bin|war|hab|habe|haben) (?:kurz|gleich|mal|grad|gerade|auch|schon|nur)\b",
    r"^(?:das|dies|dieses|es) (?:hat|ist|war|sieht|wirkt|erinnert|klingt|geht|kostet|dauert)\b",
    r"^(?:lass|lasst) (?:mal |es )?(?:gut )?(?:sein|gut)\b|\bgut sein$|^sieht\b|^schade\b|\bfehlt$|\bgedauert$",
    r"^mache? (?:ruhig |nur |einfach |mal )?(?:weiter so|halblang|kein\w* (?:quatsch|scheiss|mist))|^zeig (?:das|es) "
    r"(?:bloss )?(?:nicht|mein|dein)",
    r"^(?:mahlzeit|moin|servus|tach|hallo|hi|na) \w+|\bgestern\b|\bmorgen (?:dem|der|den|im|in)\b",
    r"(?:に似てる|に似ている|そっくり|見たい|行きたい|欲しいな|勘弁してくれ|だけど|けどな|かも|(?:だ|な|た)(?:な|ね|よね|わ))$|方が(?:良|よ)かった|昨日|誰か|しといて|といて$|出ない|だった$",
)
# A question in form, a change in meaning; or an order that begins with its verb.
ORDER = _any(
    r"^(?:what if|(?:how|what) about|why not|let'?s|imagine)\b",
    r"^(?:make|turn|change|add|remove|delete|replace|put|give|let|show|zoom|pan|tilt|set|use|try|do|have|swap"
    r"|switch|crop"
    r"|paint|colou?r|speed|slow|move|bring|take|get|keep|cut|fade|flip|rotate|increase|reduce|lower|raise"
    r"|start|end|dress|lose|drop|ditch|kill"
    r"|transform|convert|blur|brighten|darken|insert|include|surround|film|render|animate|extend|continue"
    r"|see) (?!you\b)\w",
    r"^(?:was wäre wenn|wie wäre|wie wär'?s|warum nicht)",
    r"^(?:mach|mache|änder|ändere|verwandle?|füge?|setz|setze|lass|lasse|entferne?|lösche?|ersetze?|gib|zeig"
    r"|zeige|nimm|dreh"
    r"|drehe|färbe?|mal|male|tausch|tausche|verwende|nutze|bring|stell|stelle|zoome?|schwenke?|pack|leg|tu) \w",
    r"\w (?:machen|hinzufügen|ändern|einfügen|entfernen|ersetzen|verwandeln|lassen|drehen|färben|setzen|einbauen)$",
    r"(?:だったら|としたら|にしたら|もっと.*く(?:でき|して|なり)|(?:て|で)もらえ(?:る|ます))",
    r"(?:[しせえけいっれめべきに]て|んで)(?:ください|下さい|くれ|ほしい|欲しい|みて|ね)?$",
    r"お願い|(?:したい|追加)$|にして|(?:風|ぽく)に?$|なしで?$|(?:感じで$|増やし|減らし|加え)|[^れれそ]で$",
)
TALK_IN_QUESTION_WORDS = _any(
    r"^what (?:a|an|the (?:hell|heck|fuck|actual))\b", r"^wie \w+ ist (?:das|der|die)", r"^was zum"
)
# About videos in general, or how to use the bot.
ALWAYS_QUESTION = re.compile(r"^(?:make|do|mache?) \w+ (?:videos|clips)\b|教えて")
QUESTION = _any(
    r"^(?:how|what'?s?|why|who'?s?|where|when|which|whose|is|are|am|was (?:that|this|it)|were|did|does|has"
    r"|anyone|anybody"
    r"|any idea|should|do (?:you|i|we|they)|(?:can|could|will|may) (?:it|i|this|that|he|she|they|the|someone)"
    r"|wait)\b",
    r"^(?:wie|was|warum|wieso|weshalb|wer|wo|wann|welche\w*|woher|wohin|wessen|ist das|sind|hat das|hast du"
    r"|bist du|darf|kann"
    r"|kostet|geht das|gibt es|gibt's|weiß|hattest)\b",
    r"(?:です|ます|でした|ました|ません)か|何|なに|どう(?:やって|し)|どの|どこ|誰|だれ|いつ|いくら|なぜ|なんで|どれ",
)
DESIRE = _any(
    r"\b(?:i want|i'?d (?:like|prefer|love)|i would (?:like|prefer)|needs?|should|instead|without|rather)\b",
    r"^(?:a )?(?:bit|little|lot|way|much) (?:more|less)\b",
    r"^(?:with|in|at|as|from|into|more|less|same|the same|this (?:but|in|as|with|at)|only|no|slower|faster"
    r"|bigger|darker"
    r"|brighter|lighter|wider|closer)\b|\b(?:style|upside down)\b",
    r"\b(?:ich will|ich möchte|ich hätte|soll|sollen|sollte|lieber|statt|ohne|stattdessen|braucht)\b",
    r"^(?:mit|im|in|als|bei|von|auf|mehr|weniger|etwas|nochmal|noch einmal|das ?gleiche|dasselbe|das ganze)\b",
)
REACTION = _any(
    r"^(?:this|that|it|these|those)(?:'?s| is| was| are| looks?| goes| made| turned)\b|\bturned out\b"
    r"|\breminds? me\b",
    r"\bi(?:'m| am)? ?(?:love|like|hate|can'?t|cant|adore|literally|dead|crying|dying|laughed)\b|^love\b|\bmy fav",
    r"\b(?:so|too|pretty|really|very|kinda|kind of|a bit|super|actually) \w+(?: (?:here|tbh|ngl|much|imo|good"
    r"|sick))*$",
    r"^(?:i|i'?m|i'?ve|i'?ll|we|we'?re|you|you'?re|u|ich|wir|du|ihr)\b|^(?:hi|hello|hey|gn|gm|brb"
    r"|good (?:night|morning))\b",
    r"^(?:so|not) \w+|^(?:best|worst|favou?rite)\b|\b\d+/10\b|\b(?:tbh|ngl|imo|holy|masterpiece|hilarious|creepy)\b",
    r"^(?:(?:great|nice|good|awesome|amazing|cool|beautiful|sick|lovely|excellent|terrible|awful|well)"
    r"(?: (?:job|work|stuff|one|done|idea|vid|video|everyone|man|bro|dude))*)$",
    r"\blooks? (?:like|off|real|good|bad|great|weird|amazing|awesome|fake|terrible|sick|nice)\b|^dude\b",
    r"\bwie (?:geil|schön|cool|süß)|\bist (?:das|ja|so|echt)\b|^das ist|\bsieht .*aus$|\b(?:gefällt|liebe"
    r"|lach)\b|hammer$",
    r"\b(?:voll|mega|richtig|echt|sehr|total|ganz|nicht|so) \w+(?: geworden| gemacht)?$|^finde ich|^das beste"
    r"|mein gott|^was zum",
    r"すご|やば|かわい|可愛|きれい|綺麗|最高|面白|いいね|いいです|いい感じ|好き|怖|こわ|素晴|感動|天才|ひど|草|うま[いくす]|みたい"
    r"|気持ち悪|イマイチ|微妙|センス|なるほど|おお|うわ|(?:です|だ|ます)(?:ね|な|よ)$|かよ$",
)
EMOJI = re.compile("[\U0001f300-\U0001faff\u2600-\u27bf\u2764]|<a?:\\w{2,32}:\\d{15,20}>")


@dataclass(frozen=True, slots=True, kw_only=True)
class Clause:
    """A clause without what leads into it.

    `reacts`: that was a laugh or praise. `contrast`: it began with *but*. `goes_on`: it began with words such as *now*.
    """

    text: str
    asks: bool
    goes_on: bool
    polite: bool
    reacts: bool
    contrast: bool
