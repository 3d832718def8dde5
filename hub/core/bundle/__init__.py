"""A document's whole life in one file, and its audit in nine steps without a hub.

In        the members of a bundle, or a ZIP of unknown origin with the roots that the auditor trusts.
Out       bytes in exactly one spelling; a report of nine steps, each with its verdict.
May use   everything of the core: a bundle holds the message, its signatures, evidence, proofs and time stamps.
A crash   leaves nothing behind. An exception instead of a verdict is a defect: bundles come from strangers.
"""
