"""Pictures of configurations: components, their services, who depends on whom."""
