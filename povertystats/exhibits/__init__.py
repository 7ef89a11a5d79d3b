"""What is shown: every figure and table with its alternative text, title and numbers, what a page offers to
download, and the scorecard as an Excel workbook.

Never here: a number that is worked out on the way; what is drawn was estimated in the room that owns it.
"""
