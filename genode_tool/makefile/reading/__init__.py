"""Reading makefiles: from text to logical lines to a frozen syntax tree."""
