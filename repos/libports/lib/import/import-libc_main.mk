include $(call select_from_repositories,lib/import/import-libc.mk)
