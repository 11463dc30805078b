"""Questions about scenarios that their plans answer: configurations, the trusted computing base."""
