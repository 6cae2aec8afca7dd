"""X-Ray's wire format: segment documents, read to spans and written from them, and the daemon.

Rules are those of the X-Ray developer guide, "Segment documents" and "Sending segment documents to
the X-Ray daemon".
"""
