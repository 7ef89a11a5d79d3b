"""Moments from frames, files and engines; estimators of linear and logit models; inference that holds with few
clusters.

Never here: nothing about poverty, no driver, no sentence about one.
"""
