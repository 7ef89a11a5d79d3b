"""What an advisor opens: notebooks run and turned into pages and prints, the sliders of the what-if, and the templates
of it all.

Never here: a model, an estimate, the wording of a finding.
"""
