"""Text for Markdown: figures, names and notes come from data and must not turn into markup."""

import html
import re


def bullets(text: str, *, led: bool = False) -> str:
    """Return lines as a Markdown list; whatever looks like HTML in them stays text.

    ``led``: what stands before the first colon and blank of a line is bold.

    >>> bullets("one\\n<b>two</b>")
    '- one\\n- &lt;b&gt;two&lt;/b&gt;'
    >>> bullets("First: one", led=True)
    '- **First:** one'
    """
    lines = [escape(line) for line in text.splitlines()]
    if led:
        parts = (line.partition(": ") for line in lines)
        lines = [f"**{head}:** {rest}" if rest else head for head, _, rest in parts]
    return "\n".join(f"- {line}" for line in lines)


def escape(line: str) -> str:
    """Return a line whose every character shows as itself.

    >>> escape("1. <b> costs $5_000")
    '1\\\\. &lt;b&gt; costs \\\\$5\\\\_000'
    """
    line = re.sub(r"([\\`*_\[\]$~])", r"\\\1", html.escape(line, quote=False))
    # At the start of a line a hash, a sign or a numeral with a point would begin a heading or a list.
    return re.sub(r"^(\d*)([#+.)-])(?=[\s#])", r"\1\\\2", line)
