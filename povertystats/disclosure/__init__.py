"""Small counts hidden, and as many others as keep them from being worked out of sums, in a table of any subject; and an
audit of that.

Never here: where a table comes from, a household, a poverty standard, a file.
"""
