"""The data plane: a real Envoy that stands for the mesh and for every pod's sidecar."""
