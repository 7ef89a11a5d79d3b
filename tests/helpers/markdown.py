"""Markdown as pages carry it."""

import html
import re


def lines(markdown):
    """Return the items of a list."""
    assert all(line.startswith("- ") for line in markdown.splitlines())
    return [line[2:] for line in markdown.splitlines()]


def told(text):
    """Return a text as Markdown carries it: nothing in it is markup."""
    return re.sub(r"([\\`*_\[\]$~])", r"\\\1", html.escape(text, quote=False))
