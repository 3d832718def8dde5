"""Proof of the signer: XML signatures under one strict profile, certificates and their revocation, JWS, assertions and
access tokens.

In        a claimed message, or a JWS; certificates, revocation lists, and the time to judge at.
Out       a verified message (`trust`), a key or a payload; otherwise a verdict that names the check that failed.
May use   the core's ground and `edxml`, whose parser reads the bytes.
A crash   leaves nothing behind. A caller that skipped a check would believe a forger: `trust` alone makes a Verified.
"""
