"""Calls of the programmes: what all of them answer (`generic`), and one module for what a programme answers itself.

In    questions of agencies, operators and auditors, as `hub.following.asking` knows them
Out   records of `hub.core.wire_programmes`
Uses  what is derived; nothing here changes a case, for documents alone do
Crash an answer is lost
"""
