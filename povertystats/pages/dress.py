"""What every page wears: its policy, its style with the typeface, the words around its content."""

from __future__ import annotations

import base64
import hashlib
from pathlib import Path
from typing import Any

from povertystats.exhibits.picture import FONTS
from povertystats.words.wording import LANGUAGES, language_name, say

TEMPLATES = Path(__file__).resolve().parent / "templates"
# Nothing is fetched, nothing runs but the scripts named by their hashes, whatever stands in a name or a note. A style
# sheet of ours may stand beside a page; one that is opened as a file has no host that could be "self".
_POLICY = (
    "default-src 'none'; img-src data:; font-src data:; style-src {sheets}'unsafe-inline'; script-src {scripts}; "
    "base-uri 'none'; form-action 'none'"
)
_BESIDE = "'self' file: "


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")


def digest(text: str) -> str:
    """Return a script as a policy names it."""
    return f"'sha256-{_base64(hashlib.sha256(text.encode()).digest())}'"


def dress(lang: str, scripts: str = "'none'", *, sheet: str = "") -> dict[str, Any]:
    """Return what every page wears: its policy, its style, and the words around its content.

    ``sheet``: where the style stands beside the page; it is in the page where left out.
    """
    words = ("skip", "nav", "footer", "files")
    return {
        "css": "" if sheet else style(),
        "sheet": sheet,
        "policy": _POLICY.format(scripts=scripts, sheets=_BESIDE if sheet else ""),
        "words": {word: say(f"page.{word}", lang) for word in words},
        "forms": {form: say(f"page.file.{form}", lang) for form in ("png", "svg", "csv")},
        "english": english(lang),
    }


def style() -> str:
    """Return the style of all pages, with the typeface in it."""
    faces = "\n".join(
        f'@font-face {{ font-family: "Povertystats"; font-weight: {weight}; src: url(data:font/otf;base64,'
        f"{_base64(path.read_bytes())}); }}"
        for weight, path in FONTS.items()
    )
    return f"{faces}\n{(TEMPLATES / 'page' / 'page.css').read_text('utf-8')}"


def english(lang: str) -> str:
    """Return what says which parts of a page are in English: of a language file, the prose of the notebooks is."""
    if lang in LANGUAGES:
        return ""
    return say("page.english", lang, language=language_name(lang), file=Path(lang).name)
