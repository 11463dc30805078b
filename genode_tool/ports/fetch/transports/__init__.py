"""Ways to move the bytes of one file: HTTP, FTP, local files."""
