"""ELF files: objects that contain boot modules, and checks of images and ABIs.

- `elf`: the numbers and record layouts of the ELF format that the writers need.
- `objects`: writes relocatable object files (sections, symbols, relocations) of any size.
- `boot_modules`: the object that holds a scenario's boot modules.
- `abi`: checks a shared library against its symbol file (`__main__` as a step of a build).
- `image`: reads a linked image back and finds what would keep it from booting.

The format's source is the System V ABI, generic chapters 4 and 5, and the processor
supplements for the relocation numbers.
"""
