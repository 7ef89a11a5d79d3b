"""What a reader sees of a table."""

from povertystats.words.wording import say


def column(table, head, lang, **values):
    """Return the cells under a head, which is named by its sentence."""
    return table.frame[say(head, lang, **values)].tolist()
