"""Pictures decoded and encoded by libpng, checked against what they were made of."""

import struct
import zlib

CONFIG = """
<config>
	<parent-provides>
		<service name="LOG"/>
		<service name="PD"/>
		<service name="ROM"/>
	</parent-provides>
	<default-route> <any-service> <parent/> </any-service> </default-route>
	<start name="test-libpng">
		<resource name="RAM" quantum="4M"/>
		<config>
			<arg value="test-libpng"/>
			<arg value="colours.png"/>
			<arg value="palette.png"/>
			<arg value="grey.png"/>
			<arg value="damaged.png"/>
			<arg value="short.png"/>
		</config>
	</start>
</config>
"""

WIDTH, HEIGHT = 100, 75


def chunk(kind, data):
    """Return a chunk of a file, with its length and checksum."""
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(depth, colour_type, rows, more=b""):
    """Return a file made of filtered rows; see the PNG specification, sections 5, 9 and 11."""
    header = struct.pack(">IIBBBBB", WIDTH, HEIGHT, depth, colour_type, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + more
        + chunk(b"IDAT", zlib.compress(b"".join(rows)))
        + chunk(b"IEND", b"")
    )


def paeth(left, above, corner):
    """Return the neighbour that is nearest to what all three suggest."""
    guess = left + above - corner
    return min((left, above, corner), key=lambda value: abs(guess - value))


def filtered(rows, size):
    """Yield the rows, of pixels of `size` bytes, each with the next one of the five filters."""
    former = bytes(len(rows[0]))
    for number, row in enumerate(rows):
        kind = number % 5
        left = bytes(size) + row
        corner = bytes(size) + former
        triples = zip(left, former, corner, strict=False)
        guesses = [(0, a, b, (a + b) // 2, paeth(a, b, c))[kind] for a, b, c in triples]
        yield bytes([kind]) + bytes((x - g) % 256 for x, g in zip(row, guesses, strict=True))
        former = row


def pictures():
    """Return files, and the pixels that they stand for."""
    points = [[(x, y) for x in range(WIDTH)] for y in range(HEIGHT)]

    colours = [[(2 * x, 3 * y, x * y % 256, 255 - x) for x, y in row] for row in points]
    pixels = b"".join(bytes(value for pixel in row for value in pixel) for row in colours)
    rows = [bytes(value for pixel in row for value in pixel) for row in colours]
    files = {"colours.png": (png(8, 6, filtered(rows, 4)), pixels)}

    # 16 colours, two pixels per byte, the first eight colours half transparent
    palette = [(17 * i, 255 - 9 * i, i * i) for i in range(16)]
    indices = [[(x // 3 + y) % 16 for x, y in row] for row in points]
    rows = [bytes(row[i] << 4 | row[i + 1] for i in range(0, WIDTH, 2)) for row in indices]
    more = chunk(b"PLTE", bytes(value for colour in palette for value in colour))
    more += chunk(b"tRNS", bytes([128] * 8))
    expanded = bytes(
        value for row in indices for i in row for value in (*palette[i], 128 if i < 8 else 255)
    )
    files["palette.png"] = (png(4, 3, filtered(rows, 1), more), expanded)

    # 16 bits per pixel, of which the upper ones count
    grey = [[(x * 641 + y * 37) % 65536 for x, y in row] for row in points]
    rows = [struct.pack(f">{WIDTH}H", *row) for row in grey]
    expanded = bytes(value for row in grey for v in row for value in (v >> 8, v >> 8, v >> 8, 255))
    files["grey.png"] = (png(16, 0, filtered(rows, 2)), expanded)
    return files


def run(scenario):
    """Let the component decode and encode pictures."""
    goals = ["core", "lib/ld", "lib/libc", "lib/zlib", "lib/libpng", "init", "test/libpng"]
    scenario.build(goals)
    scenario.create_boot_directory()
    scenario.install_config(CONFIG)

    expected = ["libpng 1.6.39"]
    for name, (file, pixels) in pictures().items():
        (scenario.genode_path / name).write_bytes(file)
        line = f"{WIDTH} x {HEIGHT}, CRC of pixels {zlib.crc32(pixels):08x}"
        expected += [f"{name}: {line}", f"encoded and back: {line}", f"interlaced and back: {line}"]

    damaged = bytearray(pictures()["colours.png"][0])
    damaged[20] ^= 1
    (scenario.genode_path / "damaged.png").write_bytes(damaged)
    expected += ["error: IHDR: CRC error", "damaged.png cannot be decoded"]

    short = pictures()["colours.png"][0][:1000]
    (scenario.genode_path / "short.png").write_bytes(short)
    expected += ["error: Read Error", "short.png cannot be decoded"]

    scenario.build_boot_image(scenario.build_artifacts())
    scenario.run_genode_until(r'child "test-libpng" exited with exit value .*\n', 60)
    scenario.grep_output(r"^\[init")
    lines = [f"[init -> test-libpng] {line}" for line in expected]
    lines.append('[init] child "test-libpng" exited with exit value 0')
    scenario.compare_output_to("\n".join(["", *lines, ""]))
