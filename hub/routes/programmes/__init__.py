"""Calls of the programmes: those that all of them answer (`generic`), and one module for those of one programme.

In    questions of agencies, operators and auditors, as `hub.following.asking` knows them
Out   records of `hub.core.wire_programmes`
Uses  the derived cases; nothing here changes a case, for documents alone do
Crash an answer is lost
"""
