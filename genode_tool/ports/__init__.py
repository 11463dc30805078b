"""Third-party code: what the ports of a tree declare, fetched, verified, unpacked and patched.

::

    world = PortWorld.of_tree(tree)                     # world: where ports are and where they go
    describe(world, world.port("zlib")).computed_hash() # description: what NAME.port says
    prepare(world, ["zlib"], hands_of(world, policy_of(world.settings)), Wishes(jobs=4), sink)

`frame` is the makefile around a description, `recipes` runs it with the steps of `steps`, which
use `hands`: the fetchers, the archives, patch(1). `store` and `journal` keep unfinished work,
`confine` keeps recipes where they belong. `older` is for trees before 14.05, `sbom` makes bills
of materials.
"""
