"""The packages of the distribution; everything else about it is in setup.cfg.

`etc/` is at the top of a checkout, where people look for it, and a part of the package when
installed, which setup.cfg cannot express.
"""

from setuptools import find_packages, setup

setup(
    packages=[*find_packages(include=["genode_tool*"]), "genode_tool.etc"],
    package_dir={"genode_tool.etc": "etc"},
)
