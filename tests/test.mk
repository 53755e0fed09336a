# Host tests, boot tests and checks.
