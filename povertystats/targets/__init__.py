"""Kinds of target, how each target stands, what came of it, and what would follow if a lever moved.

Never here: no file is read here.
"""
