"""Grid-scale noise of any model's fields: the command `jcm-validate ringing`."""
