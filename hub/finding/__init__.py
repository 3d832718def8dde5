"""Finding documents: by any word of them, by the agencies that exchanged them, by time and state.

In        a caller's question, and its role; documents as they are accepted, for the index.
Out       the part of the record that it may see and asked for, a page at a time, and how far behind the index is.
May use   `access`, `auditing`, `exchange` and the rooms below them.
A crash   leaves the index at its mark, from which it goes on: the record itself is never behind, so a missing part
          from the index is known by its number. An auditor's search is on record before anything is shown.
"""
