"""An audit of a log from its entries up: everything that was signed is made again and compared.

In        entries, objects and checkpoints, a part at a time, from their reader.
Out       findings, and the state from which the next audit goes on.
May use   the core's ground, `log`, `directory`, `evidence`, and `bundle` for the rules of a life. It asks
          nobody: a hub's word proves nothing.
A crash   costs the part that was being read; the state of the last audit is the auditor's own file.
"""
