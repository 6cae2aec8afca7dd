"""OpenTelemetry's wire format: OTLP over HTTP, read to spans and written from them.

Rules are those of the OpenTelemetry protocol specification, "OTLP/HTTP", and names of attributes
those of the semantic conventions, the present ones and those before them.
"""
