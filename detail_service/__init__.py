"""detail: the demo microservice whose releases are rehearsed."""
