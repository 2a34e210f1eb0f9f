"""Examples: a slide's numbers or picture, worked out anew. Each module has ``run`` and may have ``draw``."""
