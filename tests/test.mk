# Host tests, boot tests and checks.
include tests/host/host.mk
