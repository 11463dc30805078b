MIRRORED := include lib/mk/base.mk lib/symbols/ld

content: $(MIRRORED) LICENSE

$(MIRRORED):
	$(mirror_from_rep_dir)

LICENSE:
	cp $(GENODE_DIR)/LICENSE $@
