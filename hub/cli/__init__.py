"""The command line: one file for each command, loaded when it is asked for.

In        arguments, files, a hub's address.
Out       words in Vietnamese or English, or JSON; an exit code from the table of `truc --help`.
May use   everything, `clients` included. `main` and `lazy` import nothing but click, so help comes at once.
A crash   is a defect: a user's mistake is told in one sentence, without a trace.
"""
