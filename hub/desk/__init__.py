"""An agency's own desk: drafts, groups of recipients, directions of its leader, corrections of its registers.

In        notes of a clerk, or of a system of the agency, for the agency itself
Out       the same, to nobody but that agency, as `hub.access` decides
May use   the exchange, the directory, the papers in the store
A crash   loses nothing that was answered: each is one durable transaction of its own before its answer

Nothing here is evidence and nothing of it goes over the axis. The papers of each agency are bounded, by number and by
bytes; directions and corrections are never changed, for registers are never overwritten (NĐ 30/2020/NĐ-CP).
"""
