"""Init's view of a configuration: children, services, routes."""
