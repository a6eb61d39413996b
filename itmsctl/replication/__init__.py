"""What one management server gives another: rules, batches, and what becomes of them where they arrive."""
