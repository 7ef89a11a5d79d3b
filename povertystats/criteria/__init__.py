"""The criteria of poverty standards as a file has them: income lines by area, place and year, indicators, classes.

Never here: a household's record, a figure of the data package.
"""
