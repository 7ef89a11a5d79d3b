"""The drivers that a data package declares, how they are fitted, and every check of an estimate.

Never here: no Markdown, no plot; associations, never effects.
"""
