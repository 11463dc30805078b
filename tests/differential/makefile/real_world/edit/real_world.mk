# A text editor of eight units and three headers: which units must be compiled again, and the link
# after them, follow from the headers that each includes. The compiler is a script, so that the
# result does not depend on the machine.

objects := main.o keyboard.o command.o screen.o store.o lookup.o text.o tools.o
CC = sh ./compile

edit: $(objects)
	@sh ./link $@ $^

main.o: names.h
keyboard.o command.o text.o: names.h command.h
screen.o store.o lookup.o: names.h buffer.h

.PHONY: clean count
clean:
	-rm edit $(objects)

count: edit
	@wc -l < edit
