"""What a reader sees of a figure."""

import re

from matplotlib.text import Text


def cut(shown):
    """Return what of a figure lies outside its image: names of sides."""
    width, height = shown.figure.get_size_inches()
    box = shown.figure.get_tightbbox()
    beyond = {"left": -box.x0, "bottom": -box.y0, "right": box.x1 - width, "top": box.y1 - height}
    return [side for side, inches in beyond.items() if inches > 0.01]


def legend(shown):
    return [text.get_text() for group in shown.figure.legends for text in group.get_texts()]


def texts(shown):
    """Return every text that a figure shows."""
    return {text.get_text() for text in shown.figure.findobj(Text)}


def sentences(text):
    """Return of how many sentences a text is; the point of a short form of two capitals (TP., TX.) ends none."""
    return len(re.findall(r"(?<!\b[A-Z]{2})[.!?](?=\s|$)", text))


def words(text):
    """Return a text without its line breaks."""
    return " ".join(text.split())


def xy(line):
    """Return the data of a line as two lists of numbers."""
    return [list(map(float, data)) for data in line.get_data()]
