"""Admission of large documents in processes of their own: `pool` is the hub's side, `worker` the other, `wire` what
they say to each other. `hub.exchange` calls it in one place."""
