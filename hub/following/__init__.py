"""Following the record: cases of programmes out of its documents, as they come.

In    documents that were accepted, in the order of the record; a register's facts of each, and of the few that
      concern a programme their bytes
Out   cases, events, faults and counts in the store of programmes, and how far it is
Uses  the pure programmes; the record, which it only reads; one thread beside the loop, for bytes
Crash the step that was under way is done again: the kept data and the mark change together
"""
