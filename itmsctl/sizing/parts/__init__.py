"""The parts of a recommendation, one file a role. Each gives lines for a request, from numbers alone."""
