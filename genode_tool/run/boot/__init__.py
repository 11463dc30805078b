"""Boot styles: for each kernel, which files become boot modules, and what the image is.

A `BootStyle` describes one way. Which one a build uses depends on its kernel and, where a
kernel's image changed over the releases, on the parts that its tree has.
"""
