"""The evaluator: carries out syntax trees on variables and rules, and expands references."""
