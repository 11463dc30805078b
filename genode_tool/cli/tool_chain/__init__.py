"""The sub-commands of `genode tool-chain`, one module each; see `commands/tool_chain.py`."""
