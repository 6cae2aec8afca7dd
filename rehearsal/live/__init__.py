"""The live world: a real Envoy, real processes, real webhooks on this machine."""
