"""Compression and expansion by zlib, checked against the zlib of Python."""

import gzip
import zlib

CONFIG = """
<config>
	<parent-provides>
		<service name="LOG"/>
		<service name="PD"/>
		<service name="ROM"/>
	</parent-provides>
	<default-route> <any-service> <parent/> </any-service> </default-route>
	<start name="test-zlib">
		<resource name="RAM" quantum="4M"/>
	</start>
</config>
"""

WORDS = b"kernel component session capability quota parent child route label signal".split()


def text():
    """Return some text that looks like one, the same each time."""
    words, state = [], 1
    for _ in range(20000):
        state = state * 48271 % 2147483647
        words.append(WORDS[state % len(WORDS)] + (b".\n" if state % 13 == 0 else b" "))
    return b"".join(words)


def raw(data):
    """Return compressed data without header and checksum."""
    compressor = zlib.compressobj(wbits=-15)
    return compressor.compress(data) + compressor.flush()


def run(scenario):
    """Let the component expand what Python compressed, and compress it itself."""
    scenario.build(["core", "lib/ld", "lib/libc", "lib/zlib", "init", "test/zlib"])
    scenario.create_boot_directory()
    scenario.install_config(CONFIG)

    data = text()
    files = {
        "text": data,
        "text.z": zlib.compress(data, 9),
        "text.gz": gzip.compress(data, mtime=0),
        "text.raw": raw(data),
    }
    for name, content in files.items():
        (scenario.genode_path / name).write_bytes(content)

    scenario.build_boot_image(scenario.build_artifacts())
    scenario.run_genode_until(r'child "test-zlib" exited with exit value .*\n', 60)
    scenario.grep_output(r"^\[init")
    sums = f"{len(data)} bytes, CRC {zlib.crc32(data):08x}, Adler {zlib.adler32(data):08x}"
    scenario.compare_output_to(f"""
[init -> test-zlib] zlib 1.2.13
[init -> test-zlib] text: {sums}
[init -> test-zlib] text.z expands to the same text
[init -> test-zlib] text.gz expands to the same text
[init -> test-zlib] text.raw expands to the same text
[init -> test-zlib] level 0: result 0, more than half the size, and back to the same text
[init -> test-zlib] level 3: result 0, less than half the size, and back to the same text
[init -> test-zlib] level 6: result 0, less than half the size, and back to the same text
[init -> test-zlib] level 9: result 0, less than half the size, and back to the same text
[init -> test-zlib] inflate: -3, incorrect data check
[init -> test-zlib] its content: {sums}
[init -> test-zlib] inflate: -3, incorrect header check
[init] child "test-zlib" exited with exit value 0
""")
