# File servers: each of these folders is a service of the boot archive.
FILE_SERVERS := ram dev pipe

$(eval $(foreach f,$(FILE_SERVERS),$(call user_program_rule,$(f),fs/$(f))))
ARCHIVE_FILES += $(foreach f,$(FILE_SERVERS),$(USER_OUT)/$(f).elf:sbin/$(f))
