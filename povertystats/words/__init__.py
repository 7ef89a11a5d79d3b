"""What a reader reads: every sentence in every language, the glossary, names compared without diacritics, and
how numbers, dates and probabilities are written in each language.

Never here: statistics, figures of any place, a decision about what is worth saying.
"""
