"""Land, sea and ice, calendar and coupling."""
