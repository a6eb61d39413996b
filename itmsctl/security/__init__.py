"""Who may connect where, and which host key is whose."""
