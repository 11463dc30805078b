"""Stage 1: from goals and descriptions to the graph of programs, libraries and ABIs."""
