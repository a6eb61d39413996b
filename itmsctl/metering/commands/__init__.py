"""The groups `metering-policy` and `metering`."""
