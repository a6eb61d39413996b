"""Commands of the room `policies`: the group `policy`, and what is added to `schedule`."""
