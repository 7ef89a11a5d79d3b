"""Every sentence a reader sees, one file a language, and how numbers, dates and names are written.

Never here: no statistics, no data, no figure.
"""
