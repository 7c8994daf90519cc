"""Why a port differs, not only that it does: branches, usual misunderstandings, smallest column."""
