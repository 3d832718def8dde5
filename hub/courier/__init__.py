"""What the hub tells others on its own account, in the background: nothing here is in the way of an answer."""
