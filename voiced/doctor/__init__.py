"""A setting and the machine that it runs on flow in, findings flow out: what was tried, what came of it, what to do.

`finding` is what every trial says, `order` lists the trials, each of which stands in the module of its subject. What
decides (`signals`, and the `judge_…` functions) is pure; what tries is a thin shell around it.
"""
