"""Every table that enters and every file that leaves: encodings, delimiters, numbers and words as people write them,
what is doubtful in them and what is wrong, each with file, row and field; files written whole or not at all.

Never here: what a figure means, a place, a statistic.
"""
