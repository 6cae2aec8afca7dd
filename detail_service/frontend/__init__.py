"""frontend: the tutorial's second service, a page that calls detail."""
