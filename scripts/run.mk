# Running and debugging.
