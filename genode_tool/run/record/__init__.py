"""The record of a run: the files in `var/run/NAME`, and the transcript that fills its logs."""
