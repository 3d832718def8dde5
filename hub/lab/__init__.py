"""The laboratory: a sandbox, a made-up country, its traffic, measurements, a hub that is killed on purpose, the demo.

In        a seed, sizes, a number of hours; never real data.
Out       figures and findings, from the agencies' own books: the hub's word alone proves nothing.
May use   the whole hub and `clients`. No server needs anything of this room.
A crash   costs a measurement.
"""
