"""What tables and files share: numbers, days, units and words as people write them, what is doubtful in them and what is
wrong, each with file, row and field; files written whole or not at all.

Never here: how a table lies in its file, what a figure means, a place, a statistic.
"""
