"""The country as a load: agencies that send, fetch, acknowledge, refuse, update and take back, over real HTTP.

country   the shares and curves of the field, as tables          plan     what everybody will do, drawn by a seed
letters   one line of the plan → signed bytes                    corpus   all of it signed beforehand, in files
http      a cheap HTTP client                                    player   one process that plays its agencies
hubs      a hub as a process of its own                          stage    hub, players, progress, end
check     the invariants, from the players' own records          report, page, charts   what is told of it
"""
