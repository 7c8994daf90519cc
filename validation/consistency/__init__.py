"""Ensemble consistency: does a model have the climate of the reference, told from a day's runs?"""
