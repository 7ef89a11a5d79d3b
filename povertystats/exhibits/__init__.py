"""Every figure and table with its alternative text, title and source; downloads and the workbook.

Never here: no number is worked out on the way.
"""
