"""Which change of the model makes which change of its climate."""
