"""Whether a design will carry: numbers, rules, simulation."""
