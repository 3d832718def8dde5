"""An agency's own desk: drafts, groups of recipients, directions of its leader, corrections of its registers.

In        what a clerk, or a system of the agency, writes down for the agency itself
Out       the same, to nobody but that agency; who may is decided in `hub.access`
May use   the exchange, the directory, the papers in the store
A crash   loses nothing that was answered: each is one durable transaction of its own before its answer

Nothing here is evidence and nothing of it goes over the axis. What is kept is bounded for each agency, by number and by
bytes; directions and corrections are never changed, for registers are never overwritten (NĐ 30/2020/NĐ-CP).
"""
