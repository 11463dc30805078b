"""Third-party code: the ports of a tree, fetched, verified, unpacked and patched.

::

    ports = PortCollection.of_tree(tree)
    describe(ports, ports.port("zlib")).computed_hash()
    prepare(ports, ["zlib"], tools_for(ports, fetch_policy()), PreparationOptions(jobs=4), sink)

`description/` evaluates `NAME.port` files, within the makefile of `template`. `fetch/` gets
sources, `archive/` unpacks them, `patch/` applies patches. `store/` has the contrib directory
with its locks and unfinished work. `preparation/` runs the recipes, confined to the directories
that are theirs. `older_trees/` is for trees before 14.05; `sbom` writes bills of materials.
"""
