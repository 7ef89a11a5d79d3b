"""Data packages made of somebody's own table: which column holds what, what is asked, the phrase of a target, a
workbook to fill in, and the files that are written.

Never the reading of a file, a check of figures (facts does it), a forecast or a page.
"""
