"""Following the record: what programmes derive of its documents, as they come.

In    documents that were accepted, in the order of the record; what a register tells of each, and of the few that
      concern a programme their bytes
Out   cases, events, faults and counts in the store of programmes, and how far it is
Uses  the pure programmes; the record, which it only reads; one thread beside the loop, for bytes
Crash the step that was under way is done again: what is kept and the mark change together
"""
