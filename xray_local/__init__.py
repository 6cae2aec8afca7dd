"""The X-Ray daemon of this machine: what the services send, joined to traces and drawn."""
