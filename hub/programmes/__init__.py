"""What rides on the axis: reporting, steering tasks, one-stop dossiers, electronic results, leaders' signatures.

A programme owns no channel. What its agencies exchange is an ordinary edXML document with a data packet attached; the
axis accepts, delivers and proves it like any other. What a programme shows is derived from such documents, and can be
derived again from the record.

In    documents that the hub has accepted, in their order; tables of kinds, regimes and formulas, which are data
Out   values: what a document means to a programme, what is due, what is late, what adds up
Uses  `hub.core` alone. No clock, no files but its own tables, no network: a day and a time are always arguments
Crash what was derived is lost, and is derived again from the record; no document and no evidence is touched
"""
