"""`jcm-validate climate`: the climates of models and of the original, compared."""
