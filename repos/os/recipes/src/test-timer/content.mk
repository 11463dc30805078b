MIRRORED := src/test/timer

content: $(MIRRORED) LICENSE

$(MIRRORED):
	$(mirror_from_rep_dir)

LICENSE:
	cp $(GENODE_DIR)/LICENSE $@
