# The kernel.
