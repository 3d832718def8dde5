"""Programmes that ride on the axis: reporting, steering tasks, one-stop dossiers, electronic results, leaders'
signatures.

A programme owns no channel. Its agencies exchange an ordinary edXML document with a data packet attached; the
axis accepts, delivers and proves it like any other. All that a programme shows is derived from such documents, and can
be derived again from the record.

In    documents that the hub has accepted, in their order; tables of kinds, regimes and formulas, which are data
Out   values: a document's meaning to a programme, deadlines, lateness, sums
Uses  `hub.core` alone. No clock, no files but its own tables, no network: a day and a time are always arguments
Crash its derived values are lost, and are derived again from the record; no document and no evidence is touched
"""
