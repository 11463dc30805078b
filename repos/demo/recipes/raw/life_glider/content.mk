content: life.config

life.config:
	cp $(REP_DIR)/recipes/raw/life_glider/$@ $@
