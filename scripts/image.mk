# The disk image.

.PHONY: image
