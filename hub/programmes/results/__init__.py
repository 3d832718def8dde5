"""Electronic results of procedures (NĐ 45/2020, NĐ 137/2024, TT 01/2023/TT-VPCP) and copies (NĐ 30/2020).

A result is registered by the digest of its signed file; a holder of the file, its code or its QR learns whether it
was valid at a time: valid, revoked, superseded, expired, not yet valid or unknown. A link alone is no result: it counts
if it is signed, verified and retrievable.

In    registrations, revocations and successors as the axis accepted them
Out   a verdict for a time
"""
