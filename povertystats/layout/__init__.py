"""How a table is laid out: as HTML that is a table on a wide page and cards on a phone, and as a sheet of an Excel
workbook that fits on paper.

Never here: what a table says, a number that is worked out, a sentence of any page.
"""
