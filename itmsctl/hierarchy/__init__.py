"""Management servers, planned and real: their places, parents and settings; gateways."""
