"""The transparency log: Merkle tree, tiles, signed checkpoints, proofs, witnesses' lines, seals and time stamps.

In        leaves and hashes; notes, policies and tokens as bytes.
Out       roots, proofs, checkpoints that verified, or ProofInvalid.
May use   the core's ground and `signature`, for seals and time-stamp tokens.
A crash   leaves nothing behind; the tree is rebuilt from the store and compared with its last checkpoint.

Formats are those of C2SP (tlog-tiles, signed-note, tlog-witness), RFC 6962 and RFC 3161; other implementations read
the files written here (`tests/interop`).
"""
