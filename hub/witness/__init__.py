"""A witness: it signs the checkpoints of logs that it knows, as long as each shows one history only.

    folder   its key and its state on disk, made by `truc witness init`
    state    the checkpoint that it signed last of each log, changed by compare-and-swap, durable before it is told
    service  one request: read, examine, sign, keep, answer
    web      the same over HTTP (C2SP tlog-witness)

It belongs to somebody whom the log's operator does not command; that the program is the same is no matter. It keeps
no log's entries and trusts nobody. A witness that loses its state must not go on under its name: it could be made to
sign a second history.
"""
