"""Commands: what each may be told on a line, and what it asks of the rooms below; a module for each that says much.

Never a computation, a table that is made here, or a sentence of an answer.
"""
