"""Letters that stand for others: texts for fonts from before Unicode, saved in a wrong encoding, or with letters lost."""

import re
import unicodedata

_WORD = re.compile(r"[^\x00-\x26\x28-\x40\x5b-\x60\x7b-\x7f]+")
JOINED = re.compile("[’‘'–—\xa0-]")
LETTERS = re.compile(r"[^\W\d_]+")
_SIGN_WITHIN = re.compile(r"[^\W\d_][^\w\u0300-\u036f]+[^\W\d_]|[^\W\d_][¹²³¼½¾]+[^\W\d_]")
_NO_SCRIPTS = {"MODIFIER", "FEMININE", "MASCULINE", "MICRO"}


def words_of(text: str) -> list[str]:
    """Return the words of a text that have other signs than those of ASCII, each once.

    >>> words_of("Hà Giang, Hà Nội: 5 xã")
    ['Hà', 'Nội', 'xã']
    """
    return sorted({word for word in _WORD.findall(unicodedata.normalize("NFC", text)) if not word.isascii()})


def impossible(word: str) -> bool:
    """Say whether a word has signs between its letters, capitals behind small ones, or letters of two scripts.

    >>> impossible("B¾c"), impossible("TØnh"), impossible("Bắc")
    (True, True, False)
    """
    signs = bool(_SIGN_WITHIN.search(word))
    scripts = {unicodedata.name(c, "?").split()[0] for c in word if c.isalpha()} - _NO_SCRIPTS
    cased = any(map(str.islower, word)) and any(map(str.isupper, word[1:]))
    return signs or cased or len(scripts) > 1


# Vietnamese syllables, their tones taken away; a tone before a closing stop is sharp or heavy.
_TONES = "\u0300\u0301\u0303\u0309\u0323"
_VOWELS = (
    "iêu yêu oai oao oay oeo uao uây uôi uya uyê uyu ươi ươu ai ao au ay âu ây eo êu ia iê iu oa oă oe oi ôi ơi oo "
    "ua uâ uê ui uô uơ uy ưa ưi ươ ưu yê a [ăâ](?=.) e ê i o ô ơ u ư y"
)
_SYLLABLE = re.compile(
    rf"(ngh?|nh|gh?|gi|ch|kh?|ph?|th?|tr|qu|[bcdđhlmnrstvx]|[kđb]r)?({_VOWELS.replace(' ', '|')})"
    "(ng|nh|ch|[cmnptk])?"
)
# The fonts of TCVN 5712 (ABC) and VNI show Vietnamese letters in place of these signs of windows-1252.
_TCVN3 = str.maketrans(
    "µ¶·¸¹¨»¼½¾Æ©ÇÈÉÊË®ÌÎÏÐÑªÒÓÔÕÖ×ØÜÝÞßáâãä«åæçèé¬êëìíîïñòóô\xadõö÷øùúûüýþ¡¢§£¤¥¦",
    "àảãáạăằẳẵắặâầẩẫấậđèẻẽéẹêềểễếệìỉĩíịòỏõóọôồổỗốộơờởỡớợùủũúụưừửữứựỳỷỹýỵăâđêôơư",
)
_VNI_ALONE = str.maketrans("ñæóòîôö", "đỉĩịỵơư")
_VNI_MARKS = {"aeouyôö": ("", "øùûõï"), "aeo": ("\u0302", "àáåãä"), "a": ("\u0306", "èéúüë")}
_VNI_PAIRS = {"aâ": "â", "eâ": "ê", "oâ": "ô", "aê": "ă"} | {
    base + mark: base + hat + tone
    for bases, (hat, marks) in _VNI_MARKS.items()
    for base in bases
    for mark, tone in zip(marks, "\u0300\u0301\u0309\u0303\u0323", strict=True)
}
_VNI = re.compile("|".join(_VNI_PAIRS))
# Words in which "?" stands for letters that an encoding has not: "B?c K?n".
_HOLED = re.compile(r"[^\s,;|\"]*[?\ufffd][^\s,;|\"]*")
_LOST = re.compile(r"[^\W\d_]*([?\ufffd]+[^\W\d_]+)+")
_HTML = re.compile("&(#\\d{2,5}|#x[0-9a-f]{2,5}|[a-z](grave|acute|circ|tilde|uml|cedil));", re.IGNORECASE)
_MOSTLY = 0.8
_SAVE_AGAIN = "save the table it was made from as CSV UTF-8 or .xlsx"
_UNIKEY = "convert it with Unikey (Ctrl+Shift+F6) to Unicode, or save it as Unicode"


def misread(text: str) -> tuple[str, str] | None:
    """Return what is wrong with a text whose letters stand for others, and what to do, or None.

    >>> misread("TØnh B¾c K¹n")[0], misread("Tænh Baéc Kaïn")[0], misread("Báº¯c Káº¡n")[0]
    ('is written for the font TCVN3 (ABC)', 'is written for the font VNI', 'is UTF-8 that was read as windows-1252 and saved again')
    >>> misread("Bắc Kạn"), misread("Málaga"), misread("Île-de-France")
    (None, None, None)
    """
    holes = _HOLED.findall(text) if "?" in text or "\ufffd" in text else []
    gone = {word for word in holes if _LOST.fullmatch(word)}
    if len(gone) > 2 or (gone := {word for word in gone or holes if "\ufffd" in word}):
        return "letters were lost when it was saved, as in " + ", ".join(sorted(gone)[:3]), _SAVE_AGAIN
    if html := _HTML.search(text):
        return f"holds letters as web pages write them, {html[0]}", _SAVE_AGAIN
    words = words_of(text)
    if not words:
        return None
    if sum(map(_again, words)) * 2 > len(words):
        advice = "open the file it was made from as UTF-8"
        return "is UTF-8 that was read as windows-1252 and saved again", advice
    every = [part for word in words for part in JOINED.split(word)]
    parts = {part.lower(): part for part in every if not part.isascii() and len(part) > 1}
    read = sum(map(_is_syllable, parts))
    strange = [part for part in parts.values() if impossible(part)]
    for some in (strange if len(strange) > 1 else [], [*parts.values()] if strange else []):
        turned = sum(_is_syllable(part.translate(_TCVN3).lower()) for part in some)
        if some and turned >= _MOSTLY * len(some) and (some == strange or read < 0.5 * turned):
            return "is written for the font TCVN3 (ABC)", _UNIKEY
    turned = sum(_is_syllable(_from_vni(part)) for part in parts)
    if len(parts) > 2 and turned >= _MOSTLY * len(parts) and read < 0.5 * turned:
        return "is written for the font VNI", _UNIKEY
    return None


def _from_vni(word: str) -> str:
    word = _VNI.sub(lambda pair: _VNI_PAIRS[pair[0]], word)
    return unicodedata.normalize("NFC", word.translate(_VNI_ALONE))


def _again(word: str) -> bool:
    """Say whether the signs of a word are the bytes of one letter each of UTF-8."""
    try:
        content = b"".join(c.encode("cp1252") if ord(c) > 255 else c.encode("latin-1") for c in word)
        return not content.isascii() and bool(LETTERS.search(content.decode()))
    except UnicodeError:
        return False


def _is_syllable(word: str) -> bool:
    apart = unicodedata.normalize("NFD", word)
    tones = [sign for sign in apart if sign in _TONES]
    bare = unicodedata.normalize("NFC", "".join(sign for sign in apart if sign not in _TONES))
    stopped = bare.endswith(("p", "t", "c", "ch", "k")) and tones and tones[0] not in "\u0301\u0323"
    return len(tones) < 2 and not stopped and bool(_SYLLABLE.fullmatch(bare))
