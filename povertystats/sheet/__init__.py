"""What an advisor's pages say and show, piece by piece, each ready for a notebook in any language.

Never here: a model, an estimate, how a page looks.
"""
