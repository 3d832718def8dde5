"""Finding documents: by any word of them, by who exchanged them, when, and how they stand.

In        what a caller asks for, and who it is; documents as they are accepted, for the index.
Out       what of the record it may see and asked for, a page at a time, and how far behind the index is.
May use   `access`, `auditing`, `exchange` and what is below them.
A crash   leaves the index at its mark, from which it goes on: the record itself is never behind, so what is missing
          from the index is known by its number. An auditor's search is on record before anything is shown.
"""
