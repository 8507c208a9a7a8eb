"""Spellings: what people say and write, and the plain words that rules read instead."""

CONTRACTIONS = {
    "someones": "someone 's", "somebodys": "somebody 's", "everyones": "everyone 's", "nobodys": "nobody 's",
    "im": "i am", "ive": "i have", "id": "i would", "ima": "i will", "imma": "i will", "ill": "i will", "youre": "you are",
    "your'e": "you are", "yer": "your", "youve": "you have", "youd": "you would", "youll": "you will", "we're": "we are",
    "weve": "we have", "we'll": "we will", "we'd": "we would", "theyre": "they are", "theyll": "they will",
    "theyve": "they have", "hes": "he is", "shes": "she is", "he'll": "he will", "she'll": "she will", "he'd": "he would",
    "she'd": "she would", "its": "it is", "it'll": "it will", "itll": "it will", "thats": "that is", "that'll": "that will",
    "theres": "there is", "whats": "what is", "whos": "who is", "who's": "who is", "wheres": "where is", "dont": "do not",
    "doesnt": "does not", "didnt": "did not", "cant": "cannot", "couldnt": "could not", "wont": "will not",
    "wouldnt": "would not", "shouldnt": "should not", "isnt": "is not", "arent": "are not", "wasnt": "was not",
    "werent": "were not", "hasnt": "has not", "havent": "have not", "hadnt": "had not", "aint": "is not", "amnt": "am not",
    "dinna": "do not", "dinnae": "do not", "canna": "cannot", "gonna": "going to", "gunna": "going to", "gon": "going to",
    "gonnae": "going to", "finna": "going to", "tryna": "trying to", "fixing to": "going to", "gotta": "have to",
    "wanna": "want to", "gimme": "give me", "lemme": "let me", "outta": "out of", "kinda": "kind of", "dunno": "do not know",
    "y'all": "you all", "yall": "you all", "ya'll": "you all", "yous": "you", "youse": "you", "yiz": "you", "yous'": "you",
    "ya": "you", "ye": "you", "u": "you", "ur": "your", "r": "are", "ma'am": "maam", "em": "them", "'em": "them",
    "cos": "because", "cuz": "because", "coz": "because", "'cause": "because", "innit": "is it not", "d'you": "do you",
    "o'": "of", "mom": "mum", "mam": "mum", "mama": "mum", "momma": "mum", "mothers": "mother", "arse": "ass",
    "arses": "asses", "arsehole": "asshole", "arseholes": "assholes", "mutha": "mother", "motha": "mother", "jew's": "jew",
}  # fmt: skip
"""Spoken and dropped forms, looked up with and without their apostrophe."""

NOUN_BEFORE = {
    "ill": frozenset((
        "am", "an", "are", "as", "be", "been", "being", "fall", "feel", "feeling", "fell", "get", "getting", "got", "is",
        "mentally", "not", "quite", "really", "seriously", "so", "terminally", "the", "too", "very", "was", "were",
    )),
    "id": frozenset((
        "account", "an", "caller", "customer", "my", "no", "of", "order", "photo", "show", "the", "user", "your",
    )),
}  # fmt: skip
"""After one of these the word without its apostrophe is the word itself: «I feel ill», «my id»."""

SWEARS = (
    "fuck", "fucks", "fucked", "fucker", "fuckers", "fucking", "fuckin", "fuckwit", "shit", "shits", "shite", "shitty",
    "bullshit", "bitch", "bitches", "bastard", "bastards", "cunt", "cunts", "asshole", "assholes", "dick", "dickhead",
    "dickheads", "cock", "prick", "pricks", "wanker", "wankers", "twat", "twats", "slut", "sluts", "whore", "whores",
    "motherfucker", "motherfuckers", "motherfucking", "piss", "pissed", "pussy", "bollocks", "tits", "nigger", "niggers",
    "faggot", "faggots", "paki", "pakis", "retard", "retarded", "crap", "ass", "goddamn", "damn", "bugger", "tosser",
    "dumbass", "jackass",
)  # fmt: skip
"""Words that people censor, space out or spell with digits."""

TWISTED = {
    "fvck": "fuck", "fuk": "fuck", "fck": "fuck", "fuq": "fuck", "phuck": "fuck", "fcking": "fucking", "fuking": "fucking",
    "fkn": "fucking", "fking": "fucking", "effing": "fucking", "f'ing": "fucking", "eff": "fuck", "sht": "shit",
    "shyt": "shit", "biatch": "bitch", "biotch": "bitch", "btch": "bitch", "azz": "ass", "azzhole": "asshole",
    "fugging": "fucking", "stfu": "shut the fuck up", "gtfo": "get the fuck out", "wtf": "what the fuck",
    "kys": "kill yourself", "stoopid": "stupid", "stewpid": "stupid", "moran": "moron", "eejit": "idiot", "idjit": "idiot",
    "dumbarse": "dumbass", "fuckin": "fucking", "fuckin'": "fucking",
}  # fmt: skip
"""Swear words and insults in the spellings that dodge a filter."""

SPACED = frozenset((
    *SWEARS, "idiot", "idiots", "moron", "morons", "stupid", "loser", "losers", "scum", "scumbag", "useless", "pathetic", "liar",
    "thief", "ugly", "dumb", "worthless", "slag", "imbecile", "clown", "muppet", "kill",
))  # fmt: skip
"""Words that are worth reading out of single letters."""

SPACED_BESIDE = frozenset((
    "you", "your", "youre", "are", "the", "that", "off", "fat", "cow", "pig", "shut", "up", "go", "to", "hell", "die", "me",
    "and", "so", "old", "will", "hate", "all", "lot", "of",
))  # fmt: skip
"""Words that may stand beside one of SPACED in a run of single letters."""
