"""Questions about recipes and a depot: lists, reasons, differences, dependencies, damage."""
