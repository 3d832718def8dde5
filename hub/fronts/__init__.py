"""Front processes: they take connections, check callers, examine messages; the hub's process records.

    clients ─TCP─▶ front 1 ─┐                ┌ sequencer, store, leases, log
    clients ─TCP─▶ front 2 ─┼─ channel ─▶ hub┤
                            └─ HTTP, as it is┘ all other routes

    frames      the records that cross a channel; an error crosses as its code and words
    channel     frames over a pair of sockets, gathered so that a batch's answers are one write
    front_side  `HubProxy`: stands for sequencer and mailboxes in `Exchange`, and asks the hub
    hub_side    `FrontServer`: serves the requests of a front
    proxy       requests that a front does not understand, to the hub and back as they are
    process     the front: `python -m hub.fronts.process`
    fleet       the hub's: listening sockets, starting fronts, starting them again, ending them

A front has no memory that matters. Killed, its clients see a connection end and ask again; the hub starts another on
the same socket, where connections made meanwhile still wait. When the hub ends, so do its fronts.
"""
