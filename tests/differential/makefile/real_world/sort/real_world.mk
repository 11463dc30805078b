# Three sorts of numbers in the make language alone: quicksort by $(call) on itself, merge sort
# with $(let), insertion sort with $(foreach) and $(eval). The recipe compares them.

numbers ?= 31 4 15 92 65 35 89 79 32 38 46 26 43 38 32 79 50 28 84 19 71 69 39 93 75 10 58 20 97 49

rest = $(wordlist 2,$(words $1),$1)

# $(call below,PIVOT,LIST): what is less, by $(intcmp); `above` has what is left.
below = $(strip $(foreach n,$2,$(intcmp $n,$1,$n,,)))
above = $(strip $(foreach n,$2,$(intcmp $n,$1,,$n,$n)))
quick = $(if $1,$(strip $(call quick,$(call below,$(firstword $1),$(call rest,$1))) \
  $(firstword $1) $(call quick,$(call above,$(firstword $1),$(call rest,$1)))))

# Every second word, beginning with the first.
odd = $(let a b more,$1,$a $(if $(strip $(more)),$(call odd,$(more))))
merge = $(strip $(if $1,$(if $2,$(let a as,$1,$(let b bs,$2,$(intcmp $b,$a,$b $(call merge,$1,$(bs)),\
  $a $(call merge,$(as),$2)))),$1),$2))
mergesort = $(if $(word 2,$1),$(call merge,$(call mergesort,$(strip $(call odd,$1))),$(call \
  mergesort,$(strip $(call odd,$(call rest,$1))))),$1)

define insert
before := $$(call below,$1,$$(inserted))
inserted := $$(before) $1 $$(call above,$1,$$(inserted))
endef
inserted :=
$(foreach n,$(numbers),$(eval $(call insert,$n)))

sorted := $(call quick,$(numbers))
$(info quick  $(sorted))
$(info merge  $(call mergesort,$(numbers)))
$(info insert $(strip $(inserted)))
ifneq ($(sorted),$(strip $(inserted)))
  $(error the sorts differ)
endif

.PHONY: all $(sorted)
all: $(sorted) ; @echo '$^'
$(sorted): ; @echo $@
