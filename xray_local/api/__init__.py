"""X-Ray's API (version 2016-04-12, rest-json), for boto3 and the SDKs with an endpoint of theirs.

Signatures are not checked: whoever can reach the port may ask.
"""
