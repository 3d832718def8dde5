"""A hub that is killed again and again under load, and judged by its clients' own books.

kills     which instant each kill comes at, drawn by a seed     setting  folders, keys, settings, a witness
books     the clients' memory                                   load     the agencies, through the published client
run       hub, load, kills, end                                 check    everything that must hold, from the books
"""
