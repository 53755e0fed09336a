# Drivers: each folder but lib is a service of the boot archive.
DRIVERS := serial

$(eval $(foreach d,$(DRIVERS),$(call user_program_rule,$(d),drivers/$(d))))
ARCHIVE_FILES += $(foreach d,$(DRIVERS),$(USER_OUT)/$(d).elf:sbin/$(d))
